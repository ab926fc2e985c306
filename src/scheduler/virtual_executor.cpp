#include "scheduler/virtual_executor.hpp"

#include <algorithm>
#include <utility>

namespace weir::scheduler {

class VirtualTimer final : public Timer {
 public:
  VirtualTimer(VirtualExecutor& executor, std::function<void()> callback)
      : executor_(executor),
        callback_(std::make_shared<std::function<void()>>(std::move(callback))) {}
  ~VirtualTimer() override { cancel(); }

  void start(Duration delay) override {
    cancel();
    executor_.timers_.emplace(executor_.now_ + std::max(delay, Duration::zero()), callback_);
  }
  void cancel() override {
    std::erase_if(executor_.timers_,
                  [this](const auto& entry) { return entry.second == callback_; });
  }

 private:
  VirtualExecutor& executor_;
  std::shared_ptr<std::function<void()>> callback_;
};

namespace {

class ReadyWatch final : public DescriptorWatch {
 public:
  void wait_readable(std::function<void()> callback) override { callback(); }
  void wait_writable(std::function<void()> callback) override { callback(); }
};

}  // namespace

void VirtualExecutor::submit(Task& task, bool) {
  task.queued_ns.store(now_.time_since_epoch().count(), std::memory_order_relaxed);
  ready_.push_back(&task);
}

std::unique_ptr<Timer> VirtualExecutor::make_timer(std::function<void()> callback) {
  return std::make_unique<VirtualTimer>(*this, std::move(callback));
}

std::unique_ptr<DescriptorWatch> VirtualExecutor::watch(int) {
  return std::make_unique<ReadyWatch>();
}

bool VirtualExecutor::run_one_task() {
  if (ready_.empty()) return false;
  const std::size_t chosen = random_() % ready_.size();
  Task* task = std::exchange(ready_[chosen], ready_.back());
  ready_.pop_back();
  ++steps_;
  if (task->activate()) ready_.push_back(task);
  return true;
}

bool VirtualExecutor::step() {
  if (run_one_task()) return true;
  if (timers_.empty()) return false;
  const auto first = timers_.begin();
  now_ = std::max(now_, first->first);
  const auto callback = first->second;
  timers_.erase(first);
  ++steps_;
  (*callback)();
  return true;
}

bool VirtualExecutor::run(std::uint64_t most) {
  for (std::uint64_t i = 0; i < most; ++i) {
    if (!step()) return true;
  }
  return false;
}

bool VirtualExecutor::run_until(Time time, std::uint64_t most) {
  for (std::uint64_t i = 0; i < most && now_ < time; ++i) {
    if (run_one_task()) continue;
    if (timers_.empty() || timers_.begin()->first > time) {
      now_ = time;
    } else {
      step();
    }
  }
  return now_ >= time;
}

void VirtualExecutor::settle(const std::function<bool()>& done) {
  while (!done() && step()) {
  }
}

}  // namespace weir::scheduler
