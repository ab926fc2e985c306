#include "scheduler/ticker.hpp"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace weir::scheduler {

Ticker::Ticker(Executor& executor, std::vector<Job> jobs, const std::string& name)
    : executor_(executor), jobs_(std::move(jobs)), thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), name.c_str());
}

Ticker::~Ticker() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  executor_.interrupt();
  thread_.join();
}

void Ticker::run() {
  using Clock = std::chrono::steady_clock;
  std::vector<Clock::time_point> due(jobs_.size());
  std::vector<bool> active(jobs_.size(), true);
  const auto begin_all = [&] {
    for (std::size_t i = 0; i < jobs_.size(); ++i) due[i] = Clock::now() + jobs_[i].every;
  };
  begin_all();
  std::uint64_t seen = 0;
  std::unique_lock lock(mutex_);
  while (!jobs_.empty() && !wake_.wait_until(lock, *std::min_element(due.begin(), due.end()),
                                             [this] { return stop_; })) {
    lock.unlock();
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (Clock::now() < due[i]) continue;
      active[i] = jobs_[i].tick();
      due[i] = Clock::now() + jobs_[i].every;
    }
    if (std::find(active.begin(), active.end(), true) == active.end()) {
      executor_.await_activity(seen);
      active.assign(jobs_.size(), true);
      begin_all();
    }
    lock.lock();
  }
}

}  // namespace weir::scheduler
