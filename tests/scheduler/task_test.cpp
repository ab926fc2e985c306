#include "scheduler/task.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace weir::scheduler {
namespace {

class Scripted final : public Task {
 public:
  explicit Scripted(std::function<After()> script) : script_(std::move(script)) {}
  After run() noexcept override {
    ++runs;
    return script_();
  }
  int runs = 0;

 private:
  std::function<After()> script_;
};

TEST(Task, IsHeldUntilItIsReleased) {
  Scripted task([] { return Task::After::rest; });
  EXPECT_FALSE(task.notify());
  EXPECT_TRUE(task.release());
}

TEST(Task, IsNotRunWhileItIsHeldAndLooksOnceItIsReleased) {
  Scripted task([] { return Task::After::rest; });
  static_cast<void>(task.release());
  ASSERT_TRUE(task.notify());
  task.hold();
  EXPECT_TRUE(task.busy()) << "it is in a run queue";
  EXPECT_FALSE(task.activate());
  EXPECT_FALSE(task.busy());
  EXPECT_EQ(task.runs, 0);
  EXPECT_FALSE(task.notify());
  EXPECT_TRUE(task.release()) << "the notification is not lost";
  EXPECT_FALSE(task.activate());
  EXPECT_EQ(task.runs, 1);
}

TEST(Task, ThatIsHeldWhileItRunsGoesOnWhenItIsReleased) {
  for (const Task::After after : {Task::After::rest, Task::After::again}) {
    Scripted* self = nullptr;
    Scripted task([&] {
      self->hold();
      EXPECT_FALSE(self->notify());
      return after;
    });
    self = &task;
    static_cast<void>(task.release());
    ASSERT_TRUE(task.notify());
    EXPECT_FALSE(task.activate());
    EXPECT_EQ(task.runs, 1);
    EXPECT_FALSE(task.busy());
    EXPECT_TRUE(task.release());
  }
}

TEST(Task, IsSubmittedOnceForManyNotifications) {
  Scripted task([] { return Task::After::rest; });
  EXPECT_FALSE(task.release()) << "nothing was notified";
  EXPECT_TRUE(task.notify());
  EXPECT_FALSE(task.notify());
  EXPECT_TRUE(task.busy());
  EXPECT_FALSE(task.activate());
  EXPECT_EQ(task.runs, 1);
  EXPECT_TRUE(task.notify());
}

TEST(Task, LooksAgainWhenNotifiedWhileItRuns) {
  Scripted* self = nullptr;
  Scripted task([&] {
    if (self->runs == 1) {
      EXPECT_FALSE(self->notify()) << "the running activation takes care of it";
    }
    return Task::After::rest;
  });
  self = &task;
  static_cast<void>(task.release());
  ASSERT_TRUE(task.notify());
  EXPECT_FALSE(task.activate());
  EXPECT_EQ(task.runs, 2);
  EXPECT_FALSE(task.busy());
}

TEST(Task, AsksToBeSubmittedAgainWhenItYields) {
  Scripted task([] { return Task::After::again; });
  static_cast<void>(task.release());
  ASSERT_TRUE(task.notify());
  EXPECT_TRUE(task.activate());
  EXPECT_TRUE(task.busy());
  EXPECT_FALSE(task.notify()) << "it is in a queue already";
}

TEST(Task, IsNotRunOnceItIsGone) {
  Scripted task([] { return Task::After::rest; });
  static_cast<void>(task.release());
  ASSERT_TRUE(task.notify());
  task.set_gone();
  EXPECT_FALSE(task.activate());
  EXPECT_EQ(task.runs, 0);
  EXPECT_FALSE(task.notify());
}

}  // namespace
}  // namespace weir::scheduler
