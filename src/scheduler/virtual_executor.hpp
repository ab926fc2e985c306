// An executor for simulations: one thread, virtual time, and the next task chosen by a seeded
// random generator, so that a run can be repeated exactly. Time moves only when nothing is ready:
// to the next timer. After FoundationDB's and TigerBeetle's deterministic simulation.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include "scheduler/executor.hpp"
#include "scheduler/task.hpp"

namespace weir::scheduler {

/// Not thread-safe.
class VirtualExecutor : public Executor {
 public:
  explicit VirtualExecutor(std::uint64_t seed) : random_(seed) {}

  /// Runs one ready task, or moves time to the next timer and fires it. False if nothing is left.
  bool step();
  /// Steps until nothing is left or `most` steps are done; false in the second case.
  bool run(std::uint64_t most);
  /// Steps until the clock stands at `time`, or `most` steps are done.
  bool run_until(Time time, std::uint64_t most);
  std::uint64_t steps() const noexcept { return steps_; }

  void submit(Task& task, bool next) override;
  Time now() const noexcept override { return now_; }
  Time recent() const noexcept override { return now_; }
  void spin(Duration time) noexcept override { now_ += time; }
  std::unique_ptr<Timer> make_timer(std::function<void()> callback) override;
  /// Calls back at once: in a simulation every descriptor is ready.
  std::unique_ptr<DescriptorWatch> watch(int descriptor) override;
  unsigned workers() const noexcept override { return 1; }
  boost::asio::io_context* io() noexcept override { return nullptr; }
  const Task* stuck_task() const noexcept override { return nullptr; }
  void await_activity(std::uint64_t&) override {}
  void interrupt() noexcept override {}
  void settle(const std::function<bool()>& done) override;

 private:
  friend class VirtualTimer;
  using Due = std::multimap<Time, std::shared_ptr<std::function<void()>>>;

  bool run_one_task();

  std::mt19937_64 random_;
  std::vector<Task*> ready_;
  Due timers_;
  Time now_{std::chrono::seconds(1)};
  std::uint64_t steps_ = 0;
};

}  // namespace weir::scheduler
