// A graph while it runs. Made from a checked graph; owns the processes and the connections. Public
// members may be called from any thread but not from a component.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>

#include "graph/model.hpp"
#include "runtime/snapshot.hpp"
#include "scheduler/executor.hpp"

namespace weir::runtime {

/// A process could not be made or started; the text names it and says why.
class StartFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Network {
 public:
  /// Builds processes and connections; starts nothing. The executor must outlive the network; the
  /// graph is copied. Throws StartFailure.
  Network(const graph::Graph& graph, scheduler::Executor& executor);
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

  NetworkSnapshot snapshot() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::runtime
