// A graph while it runs. Made from a checked graph; owns the processes, the connections and the
// workers. All public members may be called from any thread.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "graph/model.hpp"
#include "runtime/snapshot.hpp"
#include "scheduler/executor.hpp"

namespace weir::runtime {

/// A process could not be made or started; the text names it and says what to do.
class StartFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Network {
 public:
  /// Builds processes and connections; starts nothing. The executor must outlive the network.
  /// Throws StartFailure.
  Network(const graph::Graph& graph, scheduler::Executor& executor);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// Starts every process (opens files, sockets), then lets them run. If one fails, those that were
  /// started are stopped again and StartFailure is thrown.
  void start();

  /// Called once, from a worker, when every process has ended or the network has failed. Set before
  /// start().
  void on_finished(std::function<void()> callback);
  bool finished() const noexcept;
  /// True if a process failed (on_error: stop, an exception in step()).
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
