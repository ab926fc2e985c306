#include "runtime/waits.hpp"

namespace weir::runtime {

void ProcessWaker::wake() noexcept {
  // Held throughout: detach() returns only when no wake() is inside the task.
  std::lock_guard lock(mutex_);
  if (task_ == nullptr || !task_->notify()) return;
  // Whoever calls this has come from outside, where nobody has looked at the clock for long.
  static_cast<void>(executor_->now());
  executor_->submit(*task_, false);
}

bool ProcessWaker::output_full() const noexcept {
  std::lock_guard lock(mutex_);
  return task_ != nullptr && output_->at_capacity();
}

void ProcessWaker::detach() noexcept {
  std::lock_guard lock(mutex_);
  task_ = nullptr;
}

std::shared_ptr<ProcessWaker> Waits::waker() {
  if (waker_ == nullptr) waker_ = std::make_shared<ProcessWaker>(task_, executor_, output_);
  return waker_;
}

void Waits::start(std::unique_ptr<scheduler::Timer>& timer, Duration delay) {
  if (timer == nullptr) timer = executor_.make_timer([waker = waker()] { waker->wake(); });
  timer->start(delay);
}

void Waits::wake_when(int descriptor, bool writable) {
  if (watches_ == nullptr) watches_ = std::make_unique<Watches>();
  auto& watch = (*watches_)[descriptor];
  if (watch == nullptr) watch = executor_.watch(descriptor);
  const auto callback = [waker = waker()] { waker->wake(); };
  if (writable) {
    watch->wait_writable(callback);
  } else {
    watch->wait_readable(callback);
  }
}

void Waits::end() noexcept {
  if (waker_ != nullptr) waker_->detach();
  timer_.reset();
  expiry_.reset();
  watches_.reset();
}

}  // namespace weir::runtime
