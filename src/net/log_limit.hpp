// For messages that a client can cause: the first is logged at once, then one for each period,
// which says how many there were in between. Safe from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

namespace weir::net {

class LogLimit {
 public:
  using Clock = std::chrono::steady_clock;
  explicit LogLimit(Clock::duration period = std::chrono::seconds(10)) : period_(period) {}

  /// For each message: nothing if it is not to be logged, else how many were not since the last.
  std::optional<std::uint64_t> pass(Clock::time_point now = Clock::now()) {
    const std::lock_guard lock(mutex_);
    if (next_ && now < *next_) {
      ++held_back_;
      return {};
    }
    next_ = now + period_;
    return std::exchange(held_back_, 0);
  }

 private:
  const Clock::duration period_;
  std::mutex mutex_;
  std::optional<Clock::time_point> next_;
  std::uint64_t held_back_ = 0;
};

}  // namespace weir::net
