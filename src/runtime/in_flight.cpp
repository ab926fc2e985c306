#include "runtime/in_flight.hpp"

#include <algorithm>

namespace weir::runtime {

bool InFlight::enter(Wakeable& process) {
  const std::lock_guard lock(mutex_);
  if (full()) {
    if (std::find(refused_.begin(), refused_.end(), &process) == refused_.end()) {
      refused_.push_back(&process);
    }
    return false;
  }
  ++inside_;
  return true;
}

void InFlight::leave() noexcept {
  const std::lock_guard lock(mutex_);
  --inside_;
  wake_next();
}

void InFlight::pass() noexcept {
  const std::lock_guard lock(mutex_);
  wake_next();
}

void InFlight::forget(Wakeable& process) noexcept {
  const std::lock_guard lock(mutex_);
  std::erase(refused_, &process);
}

// Under the mutex, so that the process is not gone.
void InFlight::wake_next() noexcept {
  if (refused_.empty() || full()) return;
  Wakeable* const next = refused_.front();
  refused_.pop_front();
  next->wake(false);
}

bool InFlight::full() const noexcept {
  const unsigned most = most_.load(std::memory_order_relaxed);
  return most != 0 && inside_ >= most;
}

}  // namespace weir::runtime
