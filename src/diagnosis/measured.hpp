// What a window of readings says of each process, pool and path of a graph.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "diagnosis/readings.hpp"
#include "graph/model.hpp"
#include "tuning/rates.hpp"

namespace weir::diagnosis {

/// What the machine gives.
struct Machine {
  /// Processors that the workers may use: the fewer of workers and what the control group allows.
  double processors = 1;
  /// Processors of the machine, whatever the number of workers; 0 where that is not known.
  double cores = 0;
  unsigned workers = 1;
  /// Activations and outside waits in flight together.
  unsigned max_concurrency = 1024;
};

struct ProcessMeasured {
  bool source = false;
  bool ended = false;
  /// Packets a second taken in; of a source, sent.
  double handled_pps = 0;
  /// Of a source, its part of what leaves all of them: where it is held back for most of the time,
  /// what it has sent since the graph runs.
  double weight_pps = 0;
  double errors_pps = 0;
  std::uint64_t errors = 0;
  /// Units of concurrency in each state, on average, by UnitState.
  double units[runtime::unit_states] = {};
  /// Of the waiting ones, those that wait for a pool.
  double pool_wait = 0;
  unsigned concurrency = 1;
  unsigned concurrency_most = 1;
  bool may_share = false;
  /// Seconds of processor and of outside waits per packet handled, without waits for pools.
  double busy_s = 0;
  double wait_s = 0;
  /// Packets handled in the window.
  double packets = 0;
  /// Packets handled for each that leaves the sources.
  double visits = 0;

  double of(runtime::UnitState state) const noexcept {
    return units[static_cast<std::size_t>(state)];
  }
  double all_units() const noexcept {
    double sum = 0;
    for (const double each : units) sum += each;
    return sum;
  }
  /// At work on packets, waits for pools aside.
  double used() const noexcept {
    return of(runtime::UnitState::busy) + of(runtime::UnitState::waiting) - pool_wait;
  }
  double service_s() const noexcept { return busy_s + wait_s; }
};

/// A connection as a flow: so many packets are sent into it for each that its producer handles.
struct Path {
  std::size_t from = 0;
  std::size_t to = 0;
  double ratio = 0;
  /// Its producer is never held back by it: what comes after it limits nobody before it.
  bool drops = false;
};

struct PoolMeasured {
  std::string name;
  unsigned max = 1;
  struct Use {
    std::size_t process = 0;
    /// Units that wait for it and resources that are held, on average.
    double waiting = 0;
    double held = 0;
    /// Seconds that one is held per packet handled.
    double held_s = 0;
  };
  std::vector<Use> uses;
};

struct Measured {
  double seconds = 0;
  /// Packets a second that the sources that have not ended have sent in the window.
  double source_pps = 0;
  /// The share of their time for which sources are held back by what comes after them.
  double held_back = 0;
  /// Processors used: by the units, and by the whole program.
  double busy = 0;
  double processors_used = 0;
  /// Threads that could run and got no processor, on average.
  double delayed = 0;
  /// Processors that the whole machine uses; absent where it is not counted.
  std::optional<double> machine_used;
  /// The share of time in which somebody on the machine got none; absent where it is not counted.
  std::optional<double> pressure;
  /// The share of time in which the memory budget held sources.
  double memory_held = 0;
  /// Processors used, by the kernel's count where it is known.
  double used() const noexcept { return processors_used > 0 ? processors_used : busy; }
  /// Processors that others use while threads of this program wait for one.
  double taken(const Machine& machine) const noexcept {
    if (delayed < delayed_least) return 0;
    const double cores = machine.cores > 0 ? machine.cores : machine.processors;
    const double others = machine_used ? *machine_used - used() : delayed;
    return std::clamp(others, 0.0, std::max(0.0, cores - used()));
  }
  /// Threads that wait less than this for a processor wait for nobody.
  static constexpr double delayed_least = 0.03;
  std::vector<ProcessMeasured> processes;
  /// By connection of the graph.
  std::vector<Path> paths;
  std::vector<PoolMeasured> pools;
  /// A cycle that sends round more than it takes in: the names in order of the flow. Else empty.
  std::vector<std::size_t> growing_loop;
};

Measured measure(const graph::Graph& graph, const std::vector<tuning::Place>& places,
                 const Window& window);

/// Packets that each process handles, for each of several choices of what the processes send by
/// themselves: solves v = e + R^T v, in the order of the flow, cycles by iteration (Denning &
/// Buzen, "The operational analysis of queueing network models", Computing Surveys 1978).
/// `through_drops` says whether to follow connections that drop. Empty where a cycle grows without
/// bound.
std::vector<std::vector<double>> visits_of(const graph::Graph& graph,
                                           const std::vector<Path>& paths,
                                           std::vector<std::vector<double>> sent,
                                           bool through_drops);

}  // namespace weir::diagnosis
