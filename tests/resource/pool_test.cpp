#include <fmt/format.h>

#include "parts.hpp"

namespace weir::resource {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

PoolOptions limits(unsigned min, unsigned max) {
  PoolOptions options;
  options.min = min;
  options.max = max;
  return options;
}

/// What became of one request.
struct Asked {
  AnyLease lease;
  std::optional<Failure> failure;
  bool answered = false;
};

std::shared_ptr<Asked> ask(Bench& bench, Duration timeout = seconds(5),
                           std::string_view holder = "write") {
  auto asked = std::make_shared<Asked>();
  bench.pool->acquire(holder, timeout, [asked](AnyLease lease, std::optional<Failure> failure) {
    asked->lease = std::move(lease);
    asked->failure = std::move(failure);
    asked->answered = true;
  });
  return asked;
}

unsigned number_of(const std::shared_ptr<Asked>& asked) {
  return static_cast<FakeConnection&>(*asked->lease).number;
}

std::uint64_t closed(const Bench& bench, Closed why) {
  return bench.pool->figures().closed[static_cast<std::size_t>(why)];
}

TEST(Pool, MakesTheLeastNumberInTheBackgroundWhenItStarts) {
  Bench bench(limits(3, 10));
  bench.pool->start();
  bench.pass(seconds(1));
  const PoolFigures figures = bench.pool->figures();
  EXPECT_EQ(figures.idle, 3U);
  EXPECT_EQ(figures.created, 3U);
  EXPECT_EQ(figures.in_use, 0U);
}

TEST(Pool, ServesInTheOrderOfAsking) {
  Bench bench(limits(1, 1));
  bench.pool->start();
  std::vector<int> order;
  for (int i = 0; i < 50; ++i) {
    bench.pool->acquire(fmt::format("process{}", i % 3), seconds(60),
                        [&, i](AnyLease lease, const std::optional<Failure>&) {
                          order.push_back(i);
                          auto held = std::make_shared<AnyLease>(std::move(lease));
                          bench.after(milliseconds(10 + i % 7), [held] { held->release(); });
                        });
  }
  bench.pass(seconds(30));
  ASSERT_EQ(order.size(), 50U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(Pool, ALeaseGivesItsResourceBackWhenItEnds) {
  Bench bench(limits(1, 1));
  bench.pool->start();
  {
    const auto first = ask(bench);
    bench.pass(seconds(1));
    ASSERT_TRUE(first->lease);
    EXPECT_EQ(bench.pool->figures().in_use, 1U);
    AnyLease moved = std::move(first->lease);
    EXPECT_FALSE(first->lease);
    EXPECT_EQ(bench.pool->figures().in_use, 1U);
  }
  EXPECT_EQ(bench.pool->figures().in_use, 0U);
  EXPECT_EQ(bench.pool->figures().idle, 1U);
}

TEST(Pool, ATimeoutSaysHowThePoolStands) {
  Bench bench(limits(1, 2));
  bench.pool->start();
  const auto first = ask(bench);
  const auto second = ask(bench);
  bench.pass(seconds(2));
  ASSERT_TRUE(second->lease);
  const auto third = ask(bench, seconds(3), "slow");
  const auto fourth = ask(bench, seconds(4), "slow");
  bench.pass(milliseconds(2999));
  EXPECT_FALSE(third->answered);
  bench.pass(milliseconds(2));
  ASSERT_TRUE(third->failure);
  EXPECT_EQ(third->failure->kind(), "resource_timeout");
  EXPECT_STREQ(third->failure->what(),
               "no connection of db within 3s: 2 in use, 0 idle, 0 being made, at most 2, 2 "
               "waiting; all are in use: hold them for a shorter time, or raise max");
  EXPECT_FALSE(fourth->answered);
  EXPECT_EQ(bench.pool->figures().timeouts, 1U);
}

TEST(Pool, ACancelledWaiterIsNotCalledBack) {
  Bench bench(limits(0, 1));
  bool called = false;
  bench.pool->start();
  const std::uint64_t waiter = bench.pool->acquire(
      "write", seconds(5), [&](const AnyLease&, const std::optional<Failure>&) { called = true; });
  EXPECT_TRUE(bench.pool->cancel(waiter));
  EXPECT_FALSE(bench.pool->cancel(waiter));
  bench.pass(seconds(10));
  EXPECT_FALSE(called);
  EXPECT_EQ(bench.pool->figures().waiters, 0U);
}

TEST(Pool, ADiscardedResourceIsReplacedAndTheIdleOnesAreChecked) {
  Bench bench(limits(3, 3));
  bench.pool->start();
  bench.pass(seconds(1));
  auto held = ask(bench);
  bench.pass(milliseconds(10));
  ++bench.server.incarnation;
  held->lease.discard();
  const auto next = ask(bench);
  bench.pass(seconds(1));
  ASSERT_TRUE(next->lease);
  EXPECT_TRUE(static_cast<FakeConnection&>(*next->lease).good());
  EXPECT_EQ(closed(bench, Closed::broken), 1U);
  EXPECT_GE(closed(bench, Closed::invalid), 1U);
  EXPECT_EQ(bench.pool->figures().size, 3U);
}

TEST(Pool, WhatHasRestedIsCheckedBeforeItIsLent) {
  Bench bench(limits(2, 2));
  bench.pool->start();
  bench.pass(seconds(1));
  ++bench.server.incarnation;
  bench.pass(seconds(60));
  const auto asked = ask(bench);
  bench.pass(seconds(1));
  ASSERT_TRUE(asked->lease);
  EXPECT_TRUE(static_cast<FakeConnection&>(*asked->lease).good());
  EXPECT_GE(closed(bench, Closed::invalid), 1U);
}

TEST(Pool, AfterFailuresItTriesAgainEverMoreSeldom) {
  Bench bench(limits(2, 5));
  bench.server.up = false;
  bench.server.creation = milliseconds(1);
  bench.pool->start();
  bench.pass(seconds(60));
  const std::vector<Time>& attempts = bench.server.attempts;
  // Two at the start; then one at a time, 10 s apart at the end.
  EXPECT_GE(attempts.size(), 10U);
  EXPECT_LE(attempts.size(), 22U);
  const Duration last = attempts.back() - attempts[attempts.size() - 2];
  EXPECT_GE(last, seconds(5));
  EXPECT_LE(last, milliseconds(10'002));
  EXPECT_THAT(bench.logs.back(), AllOf(HasSubstr("resource db: no connection could be made: "
                                                 "connection refused; tries again in"),
                                       HasSubstr("s")));
}

TEST(Pool, ATimeoutDuringAnOutageSaysWhatFailed) {
  Bench bench(limits(1, 5));
  bench.server.up = false;
  bench.pool->start();
  const auto asked = ask(bench);
  bench.pass(seconds(6));
  ASSERT_TRUE(asked->failure);
  EXPECT_THAT(asked->failure->what(),
              AllOf(HasSubstr("0 in use, 0 idle"), HasSubstr("the last attempt to make one failed"),
                    HasSubstr("ago: connection refused")));
}

TEST(Pool, AfterAnOutageAllThatWaitAreServed) {
  Bench bench(limits(1, 4));
  bench.server.up = false;
  bench.pool->start();
  std::vector<std::shared_ptr<Asked>> all;
  for (int i = 0; i < 4; ++i) all.push_back(ask(bench, seconds(120)));
  bench.pass(seconds(20));
  bench.server.up = true;
  bench.pass(seconds(30));
  for (const auto& asked : all) EXPECT_TRUE(asked->lease);
  EXPECT_TRUE(bench.pool->figures().last_error.empty());
  EXPECT_EQ(bench.logs.back(), "resource db: a connection is made again");
}

TEST(Pool, MakesOnlySoManyAtOnce) {
  PoolOptions options = limits(20, 20);
  options.creations_max = 3;
  Bench bench(options);
  bench.pool->start();
  bench.pass(seconds(5));
  EXPECT_EQ(bench.pool->figures().size, 20U);
  EXPECT_EQ(bench.server.connecting_most, 3U);
}

TEST(Pool, OldResourcesAreReplacedNotAllAtOnce) {
  PoolOptions options = limits(10, 10);
  options.max_lifetime = seconds(100);
  Bench bench(options);
  bench.pool->start();
  bench.pass(seconds(89));
  EXPECT_EQ(closed(bench, Closed::lifetime), 0U);
  bench.pass(seconds(6));
  const std::uint64_t half = closed(bench, Closed::lifetime);
  EXPECT_GT(half, 0U);
  EXPECT_LT(half, 10U);
  bench.pass(seconds(6));
  EXPECT_EQ(closed(bench, Closed::lifetime), 10U);
  EXPECT_EQ(bench.pool->figures().size, 10U);
}

TEST(Pool, OneThatIsTooOldAndInUseIsClosedWhenItComesBack) {
  PoolOptions options = limits(1, 1);
  options.max_lifetime = seconds(10);
  Bench bench(options);
  bench.pool->start();
  const auto asked = ask(bench);
  bench.pass(seconds(20));
  ASSERT_TRUE(asked->lease);
  EXPECT_EQ(closed(bench, Closed::lifetime), 0U);
  asked->lease.release();
  EXPECT_EQ(closed(bench, Closed::lifetime), 1U);
}

TEST(Pool, ALeakIsReportedOnceByName) {
  PoolOptions options = limits(1, 2);
  options.leak_after = seconds(60);
  Bench bench(options);
  bench.pool->start();
  const auto asked = ask(bench, seconds(5), "forgetful");
  bench.pass(seconds(600));
  EXPECT_THAT(bench.logs, ElementsAre("resource db: process forgetful has held a connection for "
                                      "1m and still does"));
  EXPECT_EQ(bench.pool->figures().leaks, 1U);
}

TEST(Pool, CanBeMadeSmallerAndLargerInUse) {
  Bench bench(limits(4, 4));
  bench.pool->start();
  bench.pass(seconds(1));
  std::vector<std::shared_ptr<Asked>> all;
  for (int i = 0; i < 4; ++i) all.push_back(ask(bench));
  bench.pass(seconds(1));
  bench.pool->resize(1, 2);
  EXPECT_EQ(bench.pool->figures().size, 4U) << "nobody loses a lease";
  all.pop_back();
  all.pop_back();
  EXPECT_EQ(bench.pool->figures().size, 2U);
  all.pop_back();
  EXPECT_EQ(bench.pool->figures().size, 2U);
  bench.pool->resize(6, 8);
  bench.pass(seconds(1));
  EXPECT_EQ(bench.pool->figures().size, 6U);
  bench.pool->resize(1, 1);
  EXPECT_EQ(bench.pool->figures().size, 1U);
}

TEST(Pool, ClosingWaitsForLeasesAndTellsThoseWhoWait) {
  Bench bench(limits(1, 1));
  bench.pool->start();
  const auto held = ask(bench);
  bench.pass(seconds(1));
  const auto waits = ask(bench);
  bool drained = false;
  bench.pool->close([&] { drained = true; });
  ASSERT_TRUE(waits->failure);
  EXPECT_EQ(waits->failure->kind(), "resource_closed");
  EXPECT_FALSE(drained);
  EXPECT_EQ(bench.server.open, 1U);
  held->lease.release();
  EXPECT_TRUE(drained);
  EXPECT_EQ(bench.server.open, 0U);
  const auto late = ask(bench);
  EXPECT_EQ(late->failure->kind(), "resource_closed");
}

TEST(Pool, AttemptsThatAreUnderWayEndWithThePool) {
  Bench bench(limits(2, 2));
  bench.pool->start();
  bench.pass(milliseconds(10));
  EXPECT_EQ(bench.pool->figures().creating, 2U);
  bench.pool->close();
  bench.pass(seconds(1));
  EXPECT_EQ(bench.server.open_most, 0U);
}

TEST(Pool, KnowsWhoWaitsAndWhoHolds) {
  Bench bench(limits(1, 1));
  bench.pool->start();
  auto first = ask(bench, seconds(60), "first");
  const auto second = ask(bench, seconds(60), "second");
  bench.pass(seconds(10));
  PoolFigures figures = bench.pool->figures();
  ASSERT_EQ(figures.holders.size(), 2U);
  EXPECT_EQ(figures.holders[0].name, "first");
  EXPECT_EQ(figures.holders[0].in_use, 1U);
  EXPECT_EQ(figures.holders[1].waiters, 1U);
  first->lease.release();
  figures = bench.pool->figures();
  EXPECT_NEAR(figures.holders[0].hold_s, 9.95, 0.01);
  EXPECT_NEAR(figures.holders[1].wait_s, 10, 0.01);
  EXPECT_EQ(figures.holders[1].waiters, 0U);
}

TEST(Pool, LendsTheOneThatWasUsedLast) {
  Bench bench(limits(2, 2));
  bench.pool->start();
  bench.pass(milliseconds(100));
  auto first = ask(bench);
  auto second = ask(bench);
  const unsigned last = number_of(first);
  second->lease.release();
  bench.pass(milliseconds(1));
  first->lease.release();
  const auto again = ask(bench);
  EXPECT_EQ(number_of(again), last);
}

}  // namespace
}  // namespace weir::resource
