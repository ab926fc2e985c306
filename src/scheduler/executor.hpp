// Runs tasks and keeps time. The engine is written against this interface alone, so that a network
// runs on a pool of threads in production and on one thread with virtual time in simulations.
#pragma once

#include <functional>
#include <memory>

#include "weir/reactor.hpp"
#include "weir/units.hpp"

namespace weir::scheduler {

class Task;

using weir::DescriptorWatch;
using weir::Timer;

class Executor : public Reactor {
 public:
  /// Makes a queued task run soon. Thread-safe. With `next`, and called from a worker, it is the
  /// very next that this worker runs, while its input is in the cache.
  virtual void submit(Task& task, bool next) = 0;
  /// For a task: the time when this worker last looked at the clock, which it did when its last
  /// task ended or later. Costs nothing.
  virtual Time recent() const noexcept = 0;
  /// For a task: keeps its worker busy for so long. Virtual time moves on instead.
  virtual void spin(Duration time) noexcept = 0;
  /// Workers that run tasks.
  virtual unsigned workers() const noexcept = 0;
  /// Threads that run tasks which may block, beside the workers.
  virtual unsigned blocking_threads() const noexcept { return 0; }
  /// A task that has been inside one activation for longer than a few seconds, else nullptr. For
  /// comparing only: it may be gone by now.
  virtual const Task* stuck_task() const noexcept = 0;
  /// Returns once a worker has been woken since `seen`, which it then updates, or when interrupt()
  /// is called: for who looks after the tasks only while there is something to look at. One thread.
  virtual void await_activity(std::uint64_t& seen) = 0;
  /// Ends the wait of await_activity(), also one that begins later.
  virtual void interrupt() noexcept = 0;
  /// Lets tasks run, and time pass, until `done` holds; not to be called from a task.
  virtual void settle(const std::function<bool()>& done) = 0;
};

}  // namespace weir::scheduler
