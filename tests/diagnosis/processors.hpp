// An executor with several processors in virtual time: each has a clock of its own, so that
// processes that spin take time from one another only where there are more of them than processors.
#pragma once

#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "scheduler/executor.hpp"
#include "scheduler/task.hpp"

namespace weir::diagnosis {

/// A discrete-event simulation: an activation runs in one go on the processor that is free first,
/// and moves the clock of that alone. Tasks start in the order in which they became ready. Others
/// see what an activation does from its beginning on, which is early by at most its length: if a
/// wake-up came at its end, one for an earlier time, by a timer, would be lost in it.
/// Not thread-safe.
class Processors final : public scheduler::Executor {
 public:
  explicit Processors(unsigned processors) : clocks_(processors, now_) {}

  /// Until all processors have come to this time; false if that takes more than `most` steps.
  bool run_until(Time time, std::uint64_t most);

  void submit(scheduler::Task& task, bool next) override;
  Time now() const noexcept override { return now_; }
  Time recent() const noexcept override { return now_; }
  void spin(Duration time) noexcept override { now_ += time; }
  std::unique_ptr<scheduler::Timer> make_timer(std::function<void()> callback) override;
  /// At once ready, as all descriptors are in a simulation.
  std::unique_ptr<scheduler::DescriptorWatch> watch(int descriptor) override;
  unsigned workers() const noexcept override { return static_cast<unsigned>(clocks_.size()); }
  boost::asio::io_context* io() noexcept override { return nullptr; }
  const scheduler::Task* stuck_task() const noexcept override { return nullptr; }
  void await_activity(std::uint64_t&) override {}
  void interrupt() noexcept override {}
  void settle(const std::function<bool()>& done) override;

 private:
  friend class ProcessorsTimer;
  using Callback = std::shared_ptr<std::function<void()>>;

  /// False if nothing is left to do before `end`.
  bool step(Time end);

  Time now_{std::chrono::seconds(1)};
  // Of the activation that is simulated now.
  Time begun_ = now_;
  std::vector<Time> clocks_;
  // By the time from which on they may run.
  std::multimap<Time, scheduler::Task*> ready_;
  std::multimap<Time, Callback> timers_;
  // When its last activation ended: a task does not overlap itself.
  std::unordered_map<scheduler::Task*, Time> ended_;
};

}  // namespace weir::diagnosis
