// Threads for tasks that may block: as many as are blocked at once. A new one is made only if none
// is idle, up to a limit, beyond which tasks wait their turn; one that has been idle for a while
// ends. So neither a worker nor another blocking task waits for one that blocks.
#pragma once

#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include "scheduler/run_queue.hpp"
#include "scheduler/task.hpp"
#include "weir/units.hpp"

namespace weir::scheduler {

struct BlockingOptions {
  /// Threads at the most.
  unsigned limit = 256;
  /// How long one stays without work.
  Duration idle_most = std::chrono::seconds(5);
};

/// Thread-safe. Tasks must outlive it or be gone and at rest before it stops.
class BlockingLane {
 public:
  /// `before` is called by the threads before each activation.
  BlockingLane(const BlockingOptions& options, void (*before)()) noexcept
      : options_(options), before_(before) {}
  ~BlockingLane() { stop(); }
  BlockingLane(const BlockingLane&) = delete;
  BlockingLane& operator=(const BlockingLane&) = delete;

  /// Runs a queued task soon, and again as long as it asks for that. False if the system gives no
  /// thread and none is there: then nothing was done.
  bool submit(Task& task) noexcept;
  /// Each thread finishes the activation that it is in; what is queued is not run.
  void stop() noexcept;

  /// Threads that there are now.
  unsigned threads() const noexcept { return alive_.load(std::memory_order_relaxed); }

 private:
  using Threads = std::list<std::thread>;

  bool make_thread() noexcept;
  void work(Threads::iterator self);

  const BlockingOptions options_;
  void (*const before_)();

  std::mutex mutex_;
  std::condition_variable wake_;
  // All under the mutex.
  RunQueue queue_;
  Threads running_;
  // They run no task any more, and must be joined.
  Threads ended_;
  unsigned idle_ = 0;
  bool stops_ = false;

  std::atomic<unsigned> alive_{0};
};

}  // namespace weir::scheduler
