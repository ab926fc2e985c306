// What a process waits for outside: its timer, its descriptors, and whoever holds its waker.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>

#include "runtime/output.hpp"
#include "scheduler/executor.hpp"
#include "scheduler/task.hpp"
#include "weir/component.hpp"

namespace weir::runtime {

/// The waker of one process. Thread-safe; after detach() it does nothing, so that completions that
/// come late are harmless.
class ProcessWaker final : public Waker {
 public:
  ProcessWaker(scheduler::Task& task, scheduler::Executor& executor, const Output& output) noexcept
      : task_(&task), executor_(&executor), output_(&output) {}
  void wake() noexcept override;
  bool output_full() const noexcept override;
  void detach() noexcept;

 private:
  mutable std::mutex mutex_;
  scheduler::Task* task_;
  scheduler::Executor* executor_;
  const Output* output_;
};

/// Used by the running activation alone. Everything in it is made when it is first needed.
class Waits {
 public:
  Waits(scheduler::Task& task, scheduler::Executor& executor, const Output& output) noexcept
      : task_(task), executor_(executor), output_(output) {}
  ~Waits() { end(); }

  std::shared_ptr<ProcessWaker> waker();
  void wake_after(Duration delay) { start(timer_, delay); }
  /// The same with a timer of its own, for the runtime: whichever comes first.
  void expire_after(Duration delay) { start(expiry_, delay); }
  void wake_when(int descriptor, bool writable);
  void forget(int descriptor) {
    if (watches_ != nullptr) watches_->erase(descriptor);
  }
  /// Gives up all waits.
  void end() noexcept;

 private:
  void start(std::unique_ptr<scheduler::Timer>& timer, Duration delay);

  scheduler::Task& task_;
  scheduler::Executor& executor_;
  const Output& output_;
  std::shared_ptr<ProcessWaker> waker_;
  std::unique_ptr<scheduler::Timer> timer_;
  std::unique_ptr<scheduler::Timer> expiry_;
  using Watches = std::unordered_map<int, std::unique_ptr<scheduler::DescriptorWatch>>;
  std::unique_ptr<Watches> watches_;
};

}  // namespace weir::runtime
