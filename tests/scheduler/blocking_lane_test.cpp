#include "scheduler/blocking_lane.hpp"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "scheduler/pool.hpp"

namespace weir::scheduler {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Blocks its thread until it is let go.
class Blocker final : public Task {
 public:
  Blocker() {
    blocking = true;
    static_cast<void>(release());
  }
  After run() noexcept override {
    ++runs;
    inside.store(true);
    let_go.get_future().wait();
    inside.store(false);
    return After::rest;
  }
  std::promise<void> let_go;
  std::atomic<bool> inside{false};
  std::atomic<int> runs{0};
};

template <class Done>
void wait_until(const Done& done) {
  while (!done()) std::this_thread::yield();
}

void nothing() {}

TEST(BlockingLane, RunsEachTaskOnAThreadOfItsOwn) {
  BlockingLane lane({.idle_most = hours(1)}, nothing);
  std::vector<Blocker> blockers(20);
  for (Blocker& blocker : blockers) {
    ASSERT_TRUE(blocker.notify());
    ASSERT_TRUE(lane.submit(blocker));
  }
  for (Blocker& blocker : blockers) wait_until([&] { return blocker.inside.load(); });
  EXPECT_EQ(lane.threads(), 20U);
  for (Blocker& blocker : blockers) blocker.let_go.set_value();
  for (Blocker& blocker : blockers) wait_until([&] { return !blocker.busy(); });
}

TEST(BlockingLane, TakesAnIdleThreadBeforeItMakesOne) {
  class Quick final : public Task {
   public:
    Quick() { static_cast<void>(release()); }
    After run() noexcept override { return After::rest; }
  };
  BlockingLane lane({.idle_most = hours(1)}, nothing);
  Quick quick;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(quick.notify());
    ASSERT_TRUE(lane.submit(quick));
    wait_until([&] { return !quick.busy(); });
  }
  // A thread that has just finished may not be idle yet.
  EXPECT_LE(lane.threads(), 3U);
}

TEST(BlockingLane, RunsATaskAgainThatAsksForIt) {
  class Again final : public Task {
   public:
    Again() { static_cast<void>(release()); }
    After run() noexcept override { return --left > 0 ? After::again : After::rest; }
    std::atomic<int> left{100};
  };
  BlockingLane lane({}, nothing);
  Again again;
  ASSERT_TRUE(again.notify());
  ASSERT_TRUE(lane.submit(again));
  wait_until([&] { return !again.busy(); });
  EXPECT_EQ(again.left, 0);
}

TEST(BlockingLane, LetsTasksWaitBeyondItsLimit) {
  BlockingLane lane({.limit = 2, .idle_most = hours(1)}, nothing);
  std::vector<Blocker> blockers(3);
  for (Blocker& blocker : blockers) {
    ASSERT_TRUE(blocker.notify());
    ASSERT_TRUE(lane.submit(blocker));
  }
  wait_until([&] { return blockers[0].inside && blockers[1].inside; });
  EXPECT_EQ(lane.threads(), 2U);
  EXPECT_EQ(blockers[2].runs, 0);
  blockers[0].let_go.set_value();
  wait_until([&] { return blockers[2].inside.load(); });
  blockers[1].let_go.set_value();
  blockers[2].let_go.set_value();
  for (Blocker& blocker : blockers) wait_until([&] { return !blocker.busy(); });
}

TEST(BlockingLane, ShrinksWhenItIsIdleAndGrowsAgain) {
  BlockingLane lane({.idle_most = milliseconds(1)}, nothing);
  for (int round = 0; round < 5; ++round) {
    std::vector<Blocker> blockers(8);
    for (Blocker& blocker : blockers) {
      ASSERT_TRUE(blocker.notify());
      ASSERT_TRUE(lane.submit(blocker));
    }
    for (Blocker& blocker : blockers) wait_until([&] { return blocker.inside.load(); });
    EXPECT_GE(lane.threads(), 8U);
    for (Blocker& blocker : blockers) blocker.let_go.set_value();
    for (Blocker& blocker : blockers) wait_until([&] { return !blocker.busy(); });
    wait_until([&] { return lane.threads() == 0; });
  }
}

TEST(BlockingLane, StopsWithTasksQueued) {
  std::vector<Blocker> blockers(2);
  BlockingLane lane({.limit = 1}, nothing);
  for (Blocker& blocker : blockers) {
    ASSERT_TRUE(blocker.notify());
    ASSERT_TRUE(lane.submit(blocker));
  }
  wait_until([&] { return blockers[0].inside.load(); });
  std::thread stopper([&] { lane.stop(); });
  // The second may run before the stop is seen.
  blockers[1].let_go.set_value();
  blockers[0].let_go.set_value();
  stopper.join();
  EXPECT_EQ(lane.threads(), 0U);
  EXPECT_LE(blockers[1].runs, 1);
}

TEST(Pool, GoesOnWhileTwentyTasksBlock) {
  class Countdown final : public Task {
   public:
    After run() noexcept override {
      if (--left > 0) return After::again;
      done.set_value();
      return After::rest;
    }
    std::promise<void> done;
    int left = 10'000;
  };
  const auto pool = make_pool({.workers = 1});
  std::vector<Blocker> blockers(20);
  for (Blocker& blocker : blockers) {
    if (blocker.notify()) pool->submit(blocker, false);
  }
  for (Blocker& blocker : blockers) wait_until([&] { return blocker.inside.load(); });
  EXPECT_EQ(pool->blocking_threads(), 20U);
  Countdown others;
  static_cast<void>(others.release());
  if (others.notify()) pool->submit(others, false);
  EXPECT_EQ(others.done.get_future().wait_for(seconds(60)), std::future_status::ready);
  EXPECT_EQ(pool->stuck_task(), nullptr);
  for (Blocker& blocker : blockers) blocker.let_go.set_value();
  for (Blocker& blocker : blockers) wait_until([&] { return !blocker.busy(); });
  wait_until([&] { return !others.busy(); });
}

TEST(Pool, KnowsTheTimeWhereTasksBlock) {
  class Clock final : public Task {
   public:
    explicit Clock(Executor& executor) : executor_(executor) {
      blocking = true;
      static_cast<void>(release());
    }
    After run() noexcept override {
      seen.store(executor_.recent());
      return After::rest;
    }
    std::atomic<Time> seen{};

   private:
    Executor& executor_;
  };
  const auto pool = make_pool({.workers = 1});
  Clock clock(*pool);
  for (int i = 0; i < 10; ++i) {
    const Time before = pool->now();
    ASSERT_TRUE(clock.notify());
    pool->submit(clock, true);
    wait_until([&] { return !clock.busy(); });
    EXPECT_GE(clock.seen.load(), before);
  }
}

}  // namespace
}  // namespace weir::scheduler
