#include "runtime/in_flight.hpp"

#include <algorithm>

namespace weir::runtime {

bool InFlight::enter(Wakeable& process) {
  const std::lock_guard lock(mutex_);
  const unsigned most = most_.load(std::memory_order_relaxed);
  if (most != 0 && inside_ >= most) {
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
  // Under the mutex, so that it is not gone.
  if (Wakeable* next = next_with_room()) next->wake(false);
}

void InFlight::pass() noexcept {
  const std::lock_guard lock(mutex_);
  if (Wakeable* next = next_with_room()) next->wake(false);
}

void InFlight::forget(Wakeable& process) noexcept {
  const std::lock_guard lock(mutex_);
  std::erase(refused_, &process);
}

Wakeable* InFlight::next_with_room() {
  const unsigned most = most_.load(std::memory_order_relaxed);
  if (refused_.empty() || (most != 0 && inside_ >= most)) return nullptr;
  Wakeable* const next = refused_.front();
  refused_.pop_front();
  return next;
}

}  // namespace weir::runtime
