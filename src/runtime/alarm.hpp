// Wakes a process after a time, whatever its component waits for beside that.
#pragma once

#include <memory>

#include "runtime/connection.hpp"
#include "scheduler/executor.hpp"

namespace weir::runtime {

/// Set by one thread at a time. Once it is destroyed nobody is woken any more; it must go before
/// the process does.
class Alarm {
 public:
  Alarm(scheduler::Executor& executor, Wakeable& process) noexcept
      : executor_(executor), process_(process) {}
  ~Alarm();
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  /// Wakes it at `at`, which is now or later, or before that if it is set for an earlier time.
  void set(Time at, Time now);

 private:
  struct Bell;

  scheduler::Executor& executor_;
  Wakeable& process_;
  std::shared_ptr<Bell> bell_;
  std::unique_ptr<scheduler::Timer> timer_;
  Time set_for_{};
};

}  // namespace weir::runtime
