// The bottleneck report: which process limits a graph, why, what a change would bring and what
// would limit it then. Plain data, and how it is made of a window of readings. docs/report.md has
// the reasoning.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "diagnosis/capacity_model.hpp"
#include "diagnosis/change.hpp"
#include "diagnosis/measured.hpp"

namespace weir::diagnosis {

/// What kind of limit it is: design words of the API.
enum class Kind : std::uint8_t {
  cpu,
  cores,
  waiting,
  resource,
  rate,
  source,
  sink,
  deadlock,
  memory
};
std::string_view to_string(Kind kind) noexcept;

/// Why there is no limit.
enum class Unknown : std::uint8_t { none, starting, idle, no_source };
std::string_view to_string(Unknown reason) noexcept;

struct Limit {
  /// Empty for the machine as a whole, and for a deadlock.
  std::string process;
  Kind kind = Kind::cpu;
  /// The pool, for kind resource.
  std::string resource;
  /// From 0 to 1, and what lowers it, in words; empty if nothing does.
  double confidence = 1;
  std::string doubt;
  std::string explanation;
  /// For a deadlock: who waits for whom, in this order.
  std::vector<std::string> cycle;
};

/// What a change is predicted to bring.
struct Proposal {
  Change change;
  double throughput_pps = 0;
  double gain = 1;
  /// What would limit the graph then; absent if nothing that is known.
  std::optional<Limit> then;
};

struct SourceReport {
  std::string name;
  double throughput_pps = 0;
  /// The process that limits it; empty if it is none.
  std::string limit;
};

struct ProcessReport {
  std::string name;
  /// Shares of its units' time, by UnitState; their sum is 1.
  double state[runtime::unit_states] = {};
  double service_s = 0;
  double visits = 0;
  /// Absent where nothing was handled.
  std::optional<double> capacity_pps;
  double throughput_pps = 0;
  unsigned concurrency = 1;
  unsigned concurrency_max = 1;
  std::uint64_t errors = 0;
};

struct Symptom {
  /// "processing_time" (seconds, of a process) or "queue_length" (packets, of a connection).
  std::string type;
  std::string process;
  std::string connection;
  double value = 0;
  double threshold = 0;
  /// Empty if it is the machine.
  std::string caused_by;
};

/// A change that was made to see what it brings.
struct Verification {
  bool running = false;
  Change change;
  unsigned from = 1;
  double before_pps = 0;
  double predicted_pps = 0;
  double measured_pps = 0;
  bool undone = false;
  std::string text;
};

/// The processors, and who uses them.
struct MachineReport {
  /// Processors that the workers may use, and that the machine has.
  double processors = 0;
  double cores = 0;
  /// By this program, and by others where that kept this one from running.
  double used = 0;
  double taken = 0;
  /// The share of time in which somebody on the machine waited for a processor; absent where the
  /// kernel does not say.
  std::optional<double> pressure;
  /// Packets a second that would leave the sources if the others were not; absent where they make
  /// no difference.
  std::optional<double> without_pps;
};

struct Report {
  std::string graph;
  std::uint64_t generation = 0;
  double window_s = 0;
  double throughput_pps = 0;
  std::optional<Limit> limit;
  Unknown reason = Unknown::none;
  MachineReport machine;
  std::vector<SourceReport> sources;
  std::vector<Proposal> changes;
  std::vector<ProcessReport> processes;
  std::vector<Symptom> symptoms;
  /// For a what-if: what was asked.
  std::vector<Change> asked;
  std::optional<Verification> verification;
};

/// What a report is made of besides the window.
struct Basis {
  const graph::Graph& graph;
  const std::vector<tuning::Place>& places;
  Machine machine;
};

/// The report of a window in which packets moved. With `asked`, of the graph as it would then be.
Report make_report(const Basis& basis, const Window& window, const std::vector<Change>& asked = {});

/// The report where nothing moves or nothing is known yet.
Report make_unknown(const graph::Graph& graph, std::uint64_t generation, Unknown reason);

/// The table of processes alone.
void fill_processes(Report& report, const graph::Graph& graph, const Measured& measured);

}  // namespace weir::diagnosis
