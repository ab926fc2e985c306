// Runs tasks and keeps time. The engine is written against this interface alone, so that a network
// runs on a pool of threads in production and on one thread with virtual time in simulations.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "weir/units.hpp"

namespace boost::asio {
class io_context;
}

namespace weir::scheduler {

class Task;

/// A single-shot timer that calls back on the executor. Not thread-safe; its callback may run at the
/// same time as a call to it, so callbacks must check whether they are still wanted.
class Timer {
 public:
  virtual ~Timer() = default;
  /// (Re)starts it; an earlier start that has not fired is forgotten.
  virtual void start(Duration delay) = 0;
  virtual void cancel() = 0;
};

class Executor {
 public:
  virtual ~Executor() = default;
  /// Makes a queued task run soon. Thread-safe. `next` asks for it to be the very next that this
  /// worker runs, if called from one.
  virtual void submit(Task& task, bool next) = 0;
  virtual Time now() const noexcept = 0;
  /// The callback runs on a worker.
  virtual std::unique_ptr<Timer> make_timer(std::function<void()> callback) = 0;
  /// Workers that run tasks.
  virtual unsigned workers() const noexcept = 0;
  /// The Asio context that the workers poll; null in simulations.
  virtual boost::asio::io_context* io() noexcept = 0;
};

}  // namespace weir::scheduler
