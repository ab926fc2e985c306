#include "diagnosis/processors.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace weir::diagnosis {

class ProcessorsTimer final : public scheduler::Timer {
 public:
  ProcessorsTimer(Processors& processors, std::function<void()> callback)
      : processors_(processors),
        callback_(std::make_shared<std::function<void()>>(std::move(callback))) {}
  ~ProcessorsTimer() override { cancel(); }

  void start(Duration delay) override {
    cancel();
    at_ = processors_.now_ + std::max(delay, Duration::zero());
    processors_.timers_.emplace(*at_, callback_);
  }
  void cancel() override {
    if (!at_) return;
    const auto [begin, end] = processors_.timers_.equal_range(*at_);
    const auto mine =
        std::find_if(begin, end, [this](const auto& entry) { return entry.second == callback_; });
    if (mine != end) processors_.timers_.erase(mine);
    at_.reset();
  }

 private:
  Processors& processors_;
  const Processors::Callback callback_;
  std::optional<Time> at_;
};

namespace {

class ReadyWatch final : public scheduler::DescriptorWatch {
 public:
  void wait_readable(std::function<void()> callback) override { callback(); }
  void wait_writable(std::function<void()> callback) override { callback(); }
};

}  // namespace

void Processors::submit(scheduler::Task& task, bool) {
  const auto ended = ended_.find(&task);
  const Time at = ended == ended_.end() ? begun_ : std::max(begun_, ended->second);
  task.queued_ns.store(at.time_since_epoch().count(), std::memory_order_relaxed);
  ready_.emplace(at, &task);
}

std::unique_ptr<scheduler::Timer> Processors::make_timer(std::function<void()> callback) {
  return std::make_unique<ProcessorsTimer>(*this, std::move(callback));
}

std::unique_ptr<scheduler::DescriptorWatch> Processors::watch(int) {
  return std::make_unique<ReadyWatch>();
}

bool Processors::step(Time end) {
  Time& clock = *std::min_element(clocks_.begin(), clocks_.end());
  const bool any_timer = !timers_.empty();
  const bool any_task = !ready_.empty();
  const bool timer_first =
      any_timer && (!any_task || timers_.begin()->first <= std::max(clock, ready_.begin()->first));
  if (!any_timer && !any_task) return false;
  const Time at = timer_first ? timers_.begin()->first : std::max(clock, ready_.begin()->first);
  if (at >= end) return false;
  now_ = begun_ = at;
  if (timer_first) {
    const Callback callback = timers_.begin()->second;
    timers_.erase(timers_.begin());
    (*callback)();
    return true;
  }
  scheduler::Task* const task = ready_.begin()->second;
  ready_.erase(ready_.begin());
  const bool again = task->activate();
  clock = now_;
  ended_[task] = now_;
  if (again) ready_.emplace(now_, task);
  return true;
}

bool Processors::run_until(Time time, std::uint64_t most) {
  bool going = true;
  for (std::uint64_t i = 0; i < most && going; ++i) going = step(time);
  now_ = begun_ = time;
  return !going;
}

void Processors::settle(const std::function<bool()>& done) {
  while (!done() && step(Time::max())) {
  }
}

}  // namespace weir::diagnosis
