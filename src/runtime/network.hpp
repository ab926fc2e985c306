// A graph while it runs. Made from a checked graph; owns the processes and the connections. Public
// members may be called from any thread but not from a component.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "graph/model.hpp"
#include "runtime/figures.hpp"
#include "runtime/latency.hpp"
#include "runtime/snapshot.hpp"
#include "runtime/tap.hpp"
#include "scheduler/executor.hpp"

namespace weir::runtime {

/// A process could not be made or started; the text names it and says why.
class StartFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Several units of such a process may work at once: the component is parallel and this
/// configuration allows it.
bool may_share(const graph::ProcessModel& process);

class Network {
 public:
  /// Builds processes and connections; starts nothing. The executor must outlive the network; the
  /// graph is copied. Throws StartFailure.
  Network(const graph::Graph& graph, scheduler::Executor& executor);
  /// The same, sharing the graph.
  Network(std::shared_ptr<const graph::Graph> graph, scheduler::Executor& executor);
  /// Abandons what still runs. Packets that are left end without being counted.
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// Called once, from a worker or from start(), when every process has ended. Set before start().
  void on_finished(std::function<void()> callback);

  /// Starts every process (opens files, sockets) in the order of the graph, then lets them run. If
  /// one fails, those that were started are stopped again and StartFailure is thrown.
  void start();

  bool finished() const noexcept;
  /// True if a process failed (on_error: stop, an exception in step()); the network then drains.
  bool failed() const noexcept;

  /// Sources stop; what is in flight is finished. Returns at once.
  void drain();
  /// Gives up: no process is run again. Returns when no step is running any more.
  void abandon();

  /// How many packets may wait in the connection of this name. False if there is none.
  bool set_capacity(std::string_view connection, std::uint32_t packets);
  /// How many units of this process may work at once, at least 1. False if there is none of that
  /// name, or if it handles one packet at a time and more are asked for. Throws what the
  /// component's start() throws; the old number then holds.
  bool set_concurrency(std::string_view process, unsigned units);
  /// Goes over to another graph while packets flow. Processes and connections that are the same
  /// keep their state and what is queued. A process that has changed finishes what it has begun and
  /// leaves its queues to its successor; one that is gone finishes what is queued for it, unless it
  /// is a source: then it stops. Returns when the new graph runs; none of the old processes does
  /// then. Throws StartFailure, and nothing has changed, if a new process cannot be made or the
  /// network is not running any more; if one cannot be started, the network fails.
  void apply(const graph::Graph& next);

  NetworkSnapshot snapshot() const;
  /// The process with a step that does not return; empty if there is none. Cheap as long as there
  /// is none, however large the network.
  std::string stuck() const;
  /// Running totals, in the order of the graph. Reuses the memory of `into`.
  void read(NetworkFigures& into) const;
  /// Of the snapshot, the memory alone.
  MemorySnapshot memory() const;
  /// The pools of resources, in the order of the graph.
  std::vector<resource::PoolFigures> pools() const;
  /// The graph that runs, and which one that is: the generation that read() tells.
  std::pair<std::shared_ptr<const graph::Graph>, std::uint64_t> graph() const;

  /// Bytes that packets may take; beyond nine tenths of it sources rest. `usual` holds where the
  /// graph sets no budget, or one above `most`; 0, the initial value of both, for any number.
  /// Before start().
  void set_memory_budget(std::uint64_t usual, std::uint64_t most) noexcept;

  /// Measures the latency of one in `one_in` of the packets that leave a source, from then, or from
  /// when they were due, to their end; 0, the initial value, for none. May change at any time.
  void sample_latency(unsigned one_in) noexcept;
  /// The latencies so far; lives as long as the network.
  LatencyLog& latency() noexcept;

  /// A look at the packets that pass a port (see tap.hpp). It stays on the name of the port when
  /// the graph changes. Throws UnknownPort.
  std::unique_ptr<Tap> tap(const TapRequest& request);

  /// For the network's own sources.
  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::runtime
