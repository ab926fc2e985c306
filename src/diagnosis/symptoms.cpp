#include "diagnosis/symptoms.hpp"

#include <algorithm>

namespace weir::diagnosis {
namespace {

using runtime::UnitState;

// What makes the packets wait that wait before a process: itself, or, if it is held back for most
// of the time that it is not at work, the process behind the fullest of its connections.
std::size_t cause_of(const graph::Graph& graph, const Measured& measured, const Window& window,
                     std::size_t process) {
  std::vector<bool> seen(graph.processes.size());
  for (;;) {
    seen[process] = true;
    const ProcessMeasured& here = measured.processes[process];
    const double blocked = here.of(UnitState::blocked);
    if (blocked < 0.05 * here.all_units() || blocked < here.of(UnitState::ready)) return process;
    double fullest = 0;
    std::size_t next = process;
    for (std::size_t i = 0; i < graph.connections.size(); ++i) {
      const graph::ConnectionModel& model = graph.connections[i];
      const ConnectionReading& reading = window.to.connections[i];
      if (model.from.process != process || measured.paths[i].drops) continue;
      const double full =
          static_cast<double>(reading.length) / std::max<double>(1, reading.capacity);
      if (full <= fullest || seen[model.to.process]) continue;
      fullest = full;
      next = model.to.process;
    }
    if (next == process) return process;
    process = next;
  }
}

}  // namespace

std::vector<Symptom> find_symptoms(const graph::Graph& graph, const Measured& measured,
                                   const Window& window, const Report& report) {
  std::vector<Symptom> symptoms;
  const bool cores = report.limit && report.limit->kind == Kind::cores;
  if (graph.thresholds.processing_time) {
    const double threshold =
        std::chrono::duration<double>(*graph.thresholds.processing_time).count();
    for (std::size_t i = 0; i < graph.processes.size(); ++i) {
      const ProcessMeasured& process = measured.processes[i];
      const double value = process.source ? process.busy_s : process.service_s();
      if (value <= threshold) continue;
      const std::string& name = graph.processes[i].name;
      symptoms.push_back({"processing_time", name, "", value, threshold, name});
    }
  }
  if (graph.thresholds.queue_length) {
    const auto threshold = static_cast<double>(*graph.thresholds.queue_length);
    for (std::size_t i = 0; i < graph.connections.size(); ++i) {
      const auto value = static_cast<double>(window.to.connections[i].length);
      if (value <= threshold) continue;
      const std::size_t cause = cause_of(graph, measured, window, graph.connections[i].to.process);
      const ProcessMeasured& process = measured.processes[cause];
      const bool machine = cores && process.of(UnitState::ready) > process.of(UnitState::starved);
      symptoms.push_back({"queue_length", "", graph.connections[i].name, value, threshold,
                          machine ? std::string() : graph.processes[cause].name});
    }
  }
  return symptoms;
}

}  // namespace weir::diagnosis
