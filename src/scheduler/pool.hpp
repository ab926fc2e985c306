// The pool of workers: threads that run tasks and poll one Asio context. A worker runs, in this
// order, the task it was asked to run next, its own queue, what other threads submitted, and what
// it can steal; with nothing to do it parks: one of them in the Asio context, the others beside it.
// Tasks that may block have threads of their own (blocking_lane.hpp).
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "scheduler/executor.hpp"

namespace weir::scheduler {

struct PoolOptions {
  /// Threads, at least 1.
  unsigned workers = 1;
  /// Told what a handler of the Asio context threw, on the thread that ran it. The handler has
  /// ended and all else goes on. May be empty.
  std::function<void(std::string_view)> on_failed_handler = {};
};

/// Starts the workers. Throws std::system_error, and none is left, if the system gives no thread
/// for one of them. The destructor stops them: each finishes the activation it is in, and what is
/// queued is not run. Tasks must outlive the pool or be gone and at rest before it ends.
std::unique_ptr<Executor> make_pool(const PoolOptions& options);

}  // namespace weir::scheduler
