#include "scheduler/run_queue.hpp"

#include <gtest/gtest.h>

namespace weir::scheduler {
namespace {

class Idle final : public Task {
 public:
  explicit Idle(std::uint32_t usual) { usual_ns.store(usual); }
  After run() noexcept override { return After::rest; }
};

TEST(RunQueue, GivesBackTheOldestFirst) {
  RunQueue queue;
  Idle first(1);
  Idle second(1);
  EXPECT_EQ(queue.pop(), nullptr);
  queue.push(first);
  queue.push(second);
  EXPECT_EQ(queue.size(), 2u);
  EXPECT_EQ(queue.pop(), &first);
  EXPECT_EQ(queue.pop(), &second);
  EXPECT_EQ(queue.pop(), nullptr);
  EXPECT_TRUE(queue.empty());
}

TEST(RunQueue, KnowsWhatItsTasksTakeTogether) {
  RunQueue queue;
  Idle brief(300);
  Idle lengthy(50'000);
  queue.push(brief);
  queue.push(lengthy);
  EXPECT_EQ(queue.work_ns(), 50'300u);
  queue.pop();
  EXPECT_EQ(queue.work_ns(), 50'000u);
}

// How long a task takes may change while it is queued: nothing of it must be left behind.
TEST(RunQueue, CountsATaskAsItWasWhenItCame) {
  RunQueue queue;
  Idle task(1'000);
  queue.push(task);
  task.usual_ns.store(7);
  EXPECT_EQ(queue.work_ns(), 1'000u);
  queue.pop();
  EXPECT_EQ(queue.work_ns(), 0u);
}

}  // namespace
}  // namespace weir::scheduler
