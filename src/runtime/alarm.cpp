#include "runtime/alarm.hpp"

#include <atomic>
#include <mutex>

namespace weir::runtime {

/// What the timer's callback may find after the alarm has gone.
struct Alarm::Bell {
  // Held while it rings, so that the process is there until it has rung.
  std::mutex mutex;
  Wakeable* process = nullptr;
  std::atomic<bool> is_set{false};

  void ring() {
    const std::lock_guard lock(mutex);
    is_set.store(false, std::memory_order_release);
    if (process != nullptr) process->wake(false);
  }
};

Alarm::~Alarm() {
  if (bell_ == nullptr) return;
  timer_.reset();
  const std::lock_guard lock(bell_->mutex);
  bell_->process = nullptr;
}

void Alarm::set(Time at, Time now) {
  if (bell_ == nullptr) {
    bell_ = std::make_shared<Bell>();
    bell_->process = &process_;
    timer_ = executor_.make_timer([bell = bell_] { bell->ring(); });
  }
  // A process that is woken again and again meanwhile must not start the timer each time.
  if (bell_->is_set.load(std::memory_order_acquire) && set_for_ <= at) return;
  bell_->is_set.store(true, std::memory_order_release);
  set_for_ = at;
  timer_->start(at - now);
}

}  // namespace weir::runtime
