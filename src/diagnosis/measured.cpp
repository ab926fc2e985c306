#include "diagnosis/measured.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <span>
#include <utility>

#include "graph/cycles.hpp"

namespace weir::diagnosis {
namespace {

using runtime::UnitState;

// Leases that ended in a window; with fewer, what the readings saw on loan counts.
constexpr double leases_to_count = 20;
// Of its time, for which a source is held back: what it sends in a window then says little.
constexpr double held_share = 0.3;

double since(std::uint64_t before, std::uint64_t now) noexcept {
  return now > before ? static_cast<double>(now - before) : 0;
}

// Packets that a source has sent: one that goes to several connections counts once.
double sent_by(const graph::Graph& graph, const tuning::Place& place, const Window& window,
               std::size_t process) {
  if (place.outputs.empty()) {
    return since(window.from.processes[process].out, window.to.processes[process].out);
  }
  std::vector<std::pair<graph::Endpoint, double>> ports;
  for (const std::size_t i : place.outputs) {
    const graph::Endpoint& from = graph.connections[i].from;
    const double sent = since(window.from.connections[i].put, window.to.connections[i].put);
    const auto known = std::find_if(ports.begin(), ports.end(), [&](const auto& port) {
      return port.first.port == from.port && port.first.element == from.element;
    });
    if (known == ports.end()) {
      ports.emplace_back(from, sent);
    } else {
      known->second = std::max(known->second, sent);
    }
  }
  return std::accumulate(ports.begin(), ports.end(), 0.0,
                         [](double sum, const auto& port) { return sum + port.second; });
}

ProcessMeasured measure_process(const graph::Graph& graph, const tuning::Place& place,
                                const Window& window, std::size_t index, double seconds) {
  const ProcessReading& from = window.from.processes[index];
  const ProcessReading& to = window.to.processes[index];
  ProcessMeasured process;
  process.source = place.source;
  process.ended = to.ended;
  process.packets = place.source ? sent_by(graph, place, window, index) : since(from.in, to.in);
  process.handled_pps = process.packets / seconds;
  process.errors_pps = since(from.errors, to.errors) / seconds;
  process.errors = to.errors;
  for (std::size_t i = 0; i < runtime::unit_states; ++i) {
    process.units[i] = 1e-9 * since(from.time_ns[i], to.time_ns[i]) / seconds;
  }
  process.concurrency = to.concurrency;
  process.may_share = place.may_share;
  process.concurrency_most = std::max(place.most, to.concurrency);
  return process;
}

// What a process takes per packet. Where none has come to its end, what is in work counts as one.
void divide(ProcessMeasured& process, double seconds) {
  const double packets = std::max(process.packets, process.used() > 0 ? 1.0 : 0.0);
  if (packets <= 0) return;
  process.busy_s = process.of(UnitState::busy) * seconds / packets;
  process.wait_s =
      std::max(0.0, process.of(UnitState::waiting) - process.pool_wait) * seconds / packets;
}

std::size_t find(const graph::Graph& graph, const std::string& name) {
  const auto found = std::find_if(graph.processes.begin(), graph.processes.end(),
                                  [&](const auto& process) { return process.name == name; });
  return static_cast<std::size_t>(found - graph.processes.begin());
}

const resource::HolderFigures* find(const std::vector<resource::HolderFigures>& holders,
                                    const std::string& name) {
  const auto found = std::find_if(holders.begin(), holders.end(),
                                  [&](const auto& holder) { return holder.name == name; });
  return found == holders.end() ? nullptr : &*found;
}

PoolMeasured measure_pool(const graph::Graph& graph, const Window& window, std::size_t index,
                          double seconds) {
  const resource::PoolFigures& now = window.to.pools[index];
  PoolMeasured pool;
  pool.name = now.name;
  pool.max = std::max(1U, now.max);
  for (const resource::HolderFigures& holder : now.holders) {
    PoolMeasured::Use use;
    use.process = find(graph, holder.name);
    if (use.process == graph.processes.size()) continue;
    const resource::HolderFigures* before =
        index < window.from.pools.size() ? find(window.from.pools[index].holders, holder.name)
                                         : nullptr;
    const double acquired = since(before == nullptr ? 0 : before->acquired, holder.acquired);
    const Window::Holder& mean =
        window.holders[index][static_cast<std::size_t>(&holder - now.holders.data())];
    if (acquired >= leases_to_count) {
      use.held = (holder.hold_s - (before == nullptr ? 0 : before->hold_s)) / seconds;
      use.waiting = (holder.wait_s - (before == nullptr ? 0 : before->wait_s)) / seconds;
    } else {
      use.held = mean.in_use;
      use.waiting = mean.waiters;
    }
    pool.uses.push_back(use);
  }
  return pool;
}

std::vector<Path> measure_paths(const graph::Graph& graph, const Window& window,
                                const Measured& measured) {
  std::vector<Path> paths(graph.connections.size());
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const graph::ConnectionModel& model = graph.connections[i];
    Path& path = paths[i];
    path.from = model.from.process;
    path.to = model.to.process;
    path.drops = model.overflow.then == graph::Then::drop_oldest ||
                 model.overflow.then == graph::Then::drop_newest;
    const ProcessMeasured& producer = measured.processes[path.from];
    const ConnectionReading& from = window.from.connections[i];
    const ConnectionReading& to = window.to.connections[i];
    if (producer.packets > 0) {
      path.ratio = since(from.put, to.put) / producer.packets;
    } else {
      // None in this window: as it was since the start.
      const ProcessReading& ever = window.to.processes[path.from];
      const std::uint64_t handled = producer.source ? ever.out : ever.in;
      if (handled != 0) path.ratio = static_cast<double>(to.put) / static_cast<double>(handled);
    }
  }
  return paths;
}

/// Follows packets in the order of the flow; where there is a cycle, round by round.
class Visits {
 public:
  Visits(const graph::Graph& graph, const std::vector<Path>& paths, bool through_drops)
      : component_(graph::strong_components(graph)),
        order_(graph.processes.size()),
        from_(graph.processes.size()),
        wave_(graph.processes.size()),
        next_(graph.processes.size()) {
    std::iota(order_.begin(), order_.end(), 0);
    std::stable_sort(order_.begin(), order_.end(), [this](std::size_t a, std::size_t b) {
      return component_[a] > component_[b];
    });
    for (const Path& path : paths) {
      if (path.ratio > 0 && (through_drops || !path.drops)) from_[path.from].push_back(&path);
    }
  }

  std::vector<double> solve(std::vector<double> visits) {
    for (auto begin = order_.begin(); begin != order_.end();) {
      auto end = begin;
      while (end != order_.end() && component_[*end] == component_[*begin]) ++end;
      const std::span<const std::size_t> members(begin, end);
      if (!go_round(members, visits)) return {};
      for (const std::size_t member : members) {
        for (const Path* path : from_[member]) {
          if (component_[path->to] == component_[member]) continue;
          visits[path->to] += visits[member] * path->ratio;
        }
      }
      begin = end;
    }
    return visits;
  }

 private:
  // What comes back to the members of a cycle until next to nothing does. False if it never gets
  // less.
  bool go_round(std::span<const std::size_t> members, std::vector<double>& visits) {
    double entered = 0;
    for (const std::size_t member : members) entered += wave_[member] = visits[member];
    for (unsigned rounds = 0;; ++rounds) {
      double moved = 0;
      for (const std::size_t member : members) {
        for (const Path* path : from_[member]) {
          if (component_[path->to] != component_[member]) continue;
          next_[path->to] += wave_[member] * path->ratio;
          moved += wave_[member] * path->ratio;
        }
      }
      if (moved <= exact * entered) break;
      if (rounds == rounds_most || moved > 1e6 * entered) return false;
      for (const std::size_t member : members) {
        wave_[member] = std::exchange(next_[member], 0);
        visits[member] += wave_[member];
      }
    }
    for (const std::size_t member : members) next_[member] = 0;
    return true;
  }

  static constexpr unsigned rounds_most = 2000;
  static constexpr double exact = 1e-6;

  const std::vector<std::size_t> component_;
  std::vector<std::size_t> order_;
  std::vector<std::vector<const Path*>> from_;
  std::vector<double> wave_;
  std::vector<double> next_;
};

// The processes that a packet comes by on the most travelled way through a cycle, from one of them.
std::vector<std::size_t> way_round(const std::vector<Path>& inner, std::size_t start) {
  std::vector<std::size_t> loop;
  for (std::size_t at = start; std::find(loop.begin(), loop.end(), at) == loop.end();) {
    loop.push_back(at);
    const auto next =
        std::max_element(inner.begin(), inner.end(), [&](const Path& a, const Path& b) {
          return (a.from == at ? a.ratio : -1) < (b.from == at ? b.ratio : -1);
        });
    if (next->from != at) break;
    at = next->to;
  }
  return loop;
}

// The processes of a cycle that sends round at least what it takes in.
std::vector<std::size_t> find_growing_loop(const graph::Graph& graph,
                                           const std::vector<Path>& paths) {
  const std::vector<std::size_t> component = graph::strong_components(graph);
  std::map<std::size_t, std::vector<Path>> cycles;
  for (const Path& path : paths) {
    if (component[path.from] == component[path.to]) cycles[component[path.from]].push_back(path);
  }
  for (const auto& [number, inner] : cycles) {
    std::vector<double> sent(graph.processes.size());
    const auto start = std::find(component.begin(), component.end(), number) - component.begin();
    sent[static_cast<std::size_t>(start)] = 1;
    if (!visits_of(graph, inner, {std::move(sent)}, true).front().empty()) continue;
    return way_round(inner, static_cast<std::size_t>(start));
  }
  return {};
}

// The parts of the sources in what leaves all of them. Answers their sum.
double weigh_sources(Measured& measured, const Window& window) {
  double sum = 0;
  for (std::size_t i = 0; i < measured.processes.size(); ++i) {
    ProcessMeasured& process = measured.processes[i];
    if (!process.source || process.ended) continue;
    process.weight_pps = process.handled_pps;
    const bool held = process.of(UnitState::blocked) > held_share * process.all_units();
    if (held && i < window.sent_ever_pps.size() && window.sent_ever_pps[i] > 0) {
      process.weight_pps = window.sent_ever_pps[i];
    }
    sum += process.weight_pps;
  }
  return sum;
}

void add_up(Measured& measured) {
  double source_units = 0;
  for (const ProcessMeasured& process : measured.processes) {
    measured.busy += process.of(UnitState::busy);
    if (!process.source || process.ended) continue;
    measured.source_pps += process.handled_pps;
    measured.held_back += process.of(UnitState::blocked);
    source_units += process.all_units();
  }
  if (source_units > 0) measured.held_back /= source_units;
}

// What the kernel counts. A unit that is at work while its thread waits for a processor does not
// work: it is ready. What is left is the time that a packet takes, whoever else is on the machine.
void measure_machine(Measured& measured, const Window& window) {
  const auto passed = [&](Duration from, Duration to) {
    return std::max(0.0, std::chrono::duration<double>(to - from).count()) / measured.seconds;
  };
  const Reading& from = window.from;
  const Reading& to = window.to;
  measured.processors_used = passed(from.processor_time, to.processor_time);
  measured.delayed = passed(from.run_delay, to.run_delay);
  measured.memory_held = window.memory_held;
  if (from.machine_time && to.machine_time) {
    measured.machine_used = passed(*from.machine_time, *to.machine_time);
  }
  if (from.pressure && to.pressure) measured.pressure = passed(*from.pressure, *to.pressure);
  if (measured.processors_used <= 0 || measured.delayed <= 0) return;
  const double at_work = measured.processors_used / (measured.processors_used + measured.delayed);
  for (ProcessMeasured& process : measured.processes) {
    double& busy = process.units[static_cast<std::size_t>(UnitState::busy)];
    process.units[static_cast<std::size_t>(UnitState::ready)] += (1 - at_work) * busy;
    busy *= at_work;
  }
}

void measure_pools(Measured& measured, const graph::Graph& graph, const Window& window) {
  for (std::size_t i = 0; i < window.to.pools.size(); ++i) {
    PoolMeasured& pool =
        measured.pools.emplace_back(measure_pool(graph, window, i, measured.seconds));
    for (PoolMeasured::Use& use : pool.uses) {
      ProcessMeasured& process = measured.processes[use.process];
      process.pool_wait = std::min(process.pool_wait + use.waiting, process.of(UnitState::waiting));
      use.held_s = use.held * measured.seconds / std::max(1.0, process.packets);
    }
  }
}

void measure_visits(Measured& measured, const graph::Graph& graph, double weights) {
  std::vector<double> sent(measured.processes.size());
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const ProcessMeasured& process = measured.processes[i];
    if (!process.source || process.ended) continue;
    sent[i] = weights > 0 ? process.weight_pps / weights : 1;
  }
  const std::vector<double> visits =
      std::move(visits_of(graph, measured.paths, {std::move(sent)}, true).front());
  if (visits.empty()) measured.growing_loop = find_growing_loop(graph, measured.paths);
  for (std::size_t i = 0; i < measured.processes.size(); ++i) {
    ProcessMeasured& process = measured.processes[i];
    if (!visits.empty()) {
      process.visits = visits[i];
    } else if (measured.source_pps > 0) {
      // What is known is how much went through each.
      process.visits = process.handled_pps / measured.source_pps;
    }
  }
}

}  // namespace

std::vector<std::vector<double>> visits_of(const graph::Graph& graph,
                                           const std::vector<Path>& paths,
                                           std::vector<std::vector<double>> sent,
                                           bool through_drops) {
  Visits visits(graph, paths, through_drops);
  for (std::vector<double>& each : sent) each = visits.solve(std::move(each));
  return sent;
}

Measured measure(const graph::Graph& graph, const std::vector<tuning::Place>& places,
                 const Window& window) {
  Measured measured;
  measured.seconds = window.seconds();
  for (std::size_t i = 0; i < graph.processes.size(); ++i) {
    measured.processes.push_back(measure_process(graph, places[i], window, i, measured.seconds));
  }
  measure_machine(measured, window);
  measure_pools(measured, graph, window);
  for (ProcessMeasured& process : measured.processes) divide(process, measured.seconds);
  add_up(measured);
  measured.paths = measure_paths(graph, window, measured);
  measure_visits(measured, graph, weigh_sources(measured, window));
  return measured;
}

}  // namespace weir::diagnosis
