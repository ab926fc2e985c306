#include "scheduler/blocking_lane.hpp"

#include <pthread.h>

#include <system_error>
#include <utility>

namespace weir::scheduler {

bool BlockingLane::submit(Task& task) noexcept {
  Threads ended;
  {
    const std::lock_guard lock(mutex_);
    // Those that are queued already have their threads, or wait for the limit.
    const bool enough = idle_ > queue_.size() || running_.size() >= options_.limit || stops_;
    if (!enough && !make_thread() && running_.empty()) return false;
    queue_.push(task);
    ended.swap(ended_);
  }
  wake_.notify_one();
  for (std::thread& thread : ended) {
    // stop() may have joined it.
    if (thread.joinable()) thread.join();
  }
  return true;
}

// Under the mutex. False if the system gives none.
bool BlockingLane::make_thread() noexcept {
  try {
    const auto place = running_.emplace(running_.end());
    try {
      *place = std::thread([this, place] { work(place); });
    } catch (...) {
      running_.erase(place);
      throw;
    }
    pthread_setname_np(place->native_handle(), "blocking");
  } catch (const std::exception&) {
    return false;
  }
  alive_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void BlockingLane::work(Threads::iterator self) {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    const bool has_work =
        wake_.wait_for(lock, options_.idle_most, [this] { return stops_ || !queue_.empty(); });
    --idle_;
    Task* task = stops_ ? nullptr : queue_.pop();
    if (task == nullptr) {
      if (stops_ || !has_work) break;
      continue;
    }
    lock.unlock();
    before_();
    const bool again = task->activate();
    lock.lock();
    // Behind those that wait; a thread that is idle need not be woken, for this one looks next.
    if (again) queue_.push(*task);
  }
  ended_.splice(ended_.end(), running_, self);
  alive_.fetch_sub(1, std::memory_order_relaxed);
}

void BlockingLane::stop() noexcept {
  std::unique_lock lock(mutex_);
  stops_ = true;
  wake_.notify_all();
  while (!running_.empty() || !ended_.empty()) {
    Threads& some = ended_.empty() ? running_ : ended_;
    std::thread thread = std::move(some.front());
    lock.unlock();
    thread.join();
    lock.lock();
    // The thread has moved its place to ended_ meanwhile.
    ended_.remove_if([](const std::thread& each) { return !each.joinable(); });
  }
}

}  // namespace weir::scheduler
