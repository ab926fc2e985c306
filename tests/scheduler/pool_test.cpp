#include "scheduler/pool.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <future>
#include <thread>

#include "scheduler/task.hpp"

namespace weir::scheduler {
namespace {

using std::chrono::seconds;

class Countdown final : public Task {
 public:
  explicit Countdown(int runs) : left_(runs) {}
  After run() noexcept override {
    if (--left_ > 0) return After::again;
    done.set_value();
    return After::rest;
  }
  std::promise<void> done;

 private:
  std::atomic<int> left_;
};

void start(Executor& executor, Task& task) {
  static_cast<void>(task.release());
  if (task.notify()) executor.submit(task, false);
}

// The worker that ran the task may still be about to leave it.
void wait_until_at_rest(Executor& executor, Task& task) {
  executor.settle([&] { return !task.busy(); });
}

TEST(Pool, RunsTasksUntilTheyRest) {
  const auto pool = make_pool({.workers = 2});
  Countdown a(1000);
  Countdown b(1000);
  start(*pool, a);
  start(*pool, b);
  ASSERT_EQ(a.done.get_future().wait_for(seconds(60)), std::future_status::ready);
  ASSERT_EQ(b.done.get_future().wait_for(seconds(60)), std::future_status::ready);
  wait_until_at_rest(*pool, a);
  wait_until_at_rest(*pool, b);
}

// A task that never rests must not keep the others from running, on one worker either.
TEST(Pool, ShareAWorkerBetweenTasksThatAlwaysHaveMore) {
  class Endless final : public Task {
   public:
    After run() noexcept override { return stop.load() ? After::rest : After::again; }
    std::atomic<bool> stop{false};
  };
  const auto pool = make_pool({.workers = 1});
  Endless endless;
  Countdown other(100);
  start(*pool, endless);
  start(*pool, other);
  EXPECT_EQ(other.done.get_future().wait_for(seconds(60)), std::future_status::ready);
  endless.stop = true;
  wait_until_at_rest(*pool, endless);
  wait_until_at_rest(*pool, other);
}

// Nor must handlers that never run dry, as those of sockets under a flood.
TEST(Pool, ShareAWorkerBetweenTasksAndHandlersThatAlwaysHaveMore) {
  const auto pool = make_pool({.workers = 1});
  std::atomic<bool> stop{false};
  std::promise<void> stopped;
  const std::function<void()> again = [&] {
    if (stop.load()) {
      stopped.set_value();
    } else {
      boost::asio::post(*pool->io(), again);
    }
  };
  Countdown task(100);
  boost::asio::post(*pool->io(), again);
  start(*pool, task);
  EXPECT_EQ(task.done.get_future().wait_for(seconds(60)), std::future_status::ready);
  stop = true;
  stopped.get_future().wait();
  wait_until_at_rest(*pool, task);
}

// Submits another task and then blocks its worker; the other must run all the same.
void expect_run_behind_a_blocker(bool next, std::uint32_t usual) {
  class Blocker final : public Task {
   public:
    Blocker(Executor& executor, Task& other, bool next)
        : executor_(executor), other_(other), next_(next) {}
    After run() noexcept override {
      if (other_.notify()) executor_.submit(other_, next_);
      released.get_future().wait();
      return After::rest;
    }
    std::promise<void> released;

   private:
    Executor& executor_;
    Task& other_;
    bool next_;
  };
  const auto pool = make_pool({.workers = 2});
  Countdown other(1);
  static_cast<void>(other.release());
  Blocker blocker(*pool, other, next);
  if (usual != 0) blocker.usual_ns.store(usual);
  start(*pool, blocker);
  EXPECT_EQ(other.done.get_future().wait_for(seconds(60)), std::future_status::ready);
  blocker.released.set_value();
  wait_until_at_rest(*pool, blocker);
  wait_until_at_rest(*pool, other);
}

// Work behind a step that blocks its worker is run by another one.
TEST(Pool, DoesNotLeaveWorkBehindABlockedWorker) {
  expect_run_behind_a_blocker(true, 0);
}

// The same if its steps used to be short, so that nobody would think of taking its work away.
TEST(Pool, DoesNotLeaveWorkBehindAStepThatIsLongForOnce) {
  expect_run_behind_a_blocker(false, 100);
}

TEST(Pool, FiresTimersWhileEveryWorkerIsBusy) {
  class Busy final : public Task {
   public:
    After run() noexcept override { return stop.load() ? After::rest : After::again; }
    std::atomic<bool> stop{false};
  };
  const auto pool = make_pool({.workers = 1});
  Busy busy;
  start(*pool, busy);
  std::promise<void> fired;
  const auto timer = pool->make_timer([&] { fired.set_value(); });
  timer->start(std::chrono::milliseconds(1));
  EXPECT_EQ(fired.get_future().wait_for(seconds(60)), std::future_status::ready);
  busy.stop = true;
  wait_until_at_rest(*pool, busy);
}

TEST(Pool, CallsBackWhenADescriptorCanBeRead) {
  const auto pool = make_pool({.workers = 1});
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  std::promise<void> readable;
  {
    const auto watch = pool->watch(ends[0]);
    watch->wait_readable([&] { readable.set_value(); });
    ASSERT_EQ(write(ends[1], "x", 1), 1);
    EXPECT_EQ(readable.get_future().wait_for(seconds(60)), std::future_status::ready);
  }
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace weir::scheduler
