// A first-in, first-out queue of tasks ready to run. Thread-safe: its worker and thieves share it
// under a short lock, taken once per activation.
#pragma once

#include <atomic>
#include <mutex>

#include "scheduler/task.hpp"

namespace weir::scheduler {

class RunQueue {
 public:
  void push(Task& task) noexcept {
    std::lock_guard lock(mutex_);
    task.next_in_queue = nullptr;
    (last_ == nullptr ? first_ : last_->next_in_queue) = &task;
    last_ = &task;
    task.queued_usual_ns = task.usual_ns.load(std::memory_order_relaxed);
    work_ns_.store(work_ns_.load(std::memory_order_relaxed) + task.queued_usual_ns,
                   std::memory_order_relaxed);
    size_.store(size_.load(std::memory_order_relaxed) + 1, std::memory_order_seq_cst);
  }

  /// The oldest task, or nullptr.
  Task* pop() noexcept {
    if (empty()) return nullptr;
    std::lock_guard lock(mutex_);
    Task* task = first_;
    if (task == nullptr) return nullptr;
    first_ = task->next_in_queue;
    if (first_ == nullptr) last_ = nullptr;
    work_ns_.store(work_ns_.load(std::memory_order_relaxed) - task->queued_usual_ns,
                   std::memory_order_relaxed);
    size_.store(size_.load(std::memory_order_relaxed) - 1, std::memory_order_seq_cst);
    return task;
  }

  bool empty() const noexcept { return size() == 0; }
  std::size_t size() const noexcept { return size_.load(std::memory_order_seq_cst); }
  /// What its tasks take together if they take as long as usual, in nanoseconds.
  std::uint64_t work_ns() const noexcept { return work_ns_.load(std::memory_order_relaxed); }

 private:
  std::mutex mutex_;
  Task* first_ = nullptr;
  Task* last_ = nullptr;
  std::atomic<std::size_t> size_{0};
  std::atomic<std::uint64_t> work_ns_{0};
};

}  // namespace weir::scheduler
