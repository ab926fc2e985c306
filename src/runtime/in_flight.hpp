// Holds the activations and outside waits of a network to `runtime.max_concurrency`, where what its
// processes have at least is more than that. Elsewhere the tuner gives out no more, and nothing is
// counted.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>

#include "runtime/connection.hpp"

namespace weir::runtime {

/// Thread-safe. Processes outlive their last call, or say forget().
class InFlight {
 public:
  /// So many at once at most; 0, the initial value, for any number. While nothing runs.
  void set_limit(unsigned most) noexcept { most_.store(most, std::memory_order_relaxed); }
  bool limited() const noexcept { return most_.load(std::memory_order_relaxed) != 0; }

  /// One more, or false: then the process is woken when there may be room, those who were refused
  /// first before others.
  bool enter(Wakeable& process);
  /// One less.
  void leave() noexcept;
  /// For a process that was woken and has nothing to enter for: the next one is.
  void pass() noexcept;
  /// It is not woken any more.
  void forget(Wakeable& process) noexcept;

 private:
  void wake_next() noexcept;
  bool full() const noexcept;

  std::atomic<unsigned> most_{0};
  std::mutex mutex_;
  unsigned inside_ = 0;
  // Each once.
  std::deque<Wakeable*> refused_;
};

}  // namespace weir::runtime
