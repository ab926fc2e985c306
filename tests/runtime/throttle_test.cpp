#include "runtime/throttle.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "graph/keys.hpp"

namespace weir::runtime {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr Time start{hours(1)};

TEST(TokenBucket, IsFullAtFirstAndFillsAtItsRate) {
  TokenBucket bucket({1000, 10}, start);
  EXPECT_EQ(bucket.admits(100, start), 10U);
  bucket.take(10);
  EXPECT_EQ(bucket.admits(1, start), 0U);
  EXPECT_EQ(bucket.admits(1, start + milliseconds(1) - nanoseconds(1)), 0U);
  EXPECT_EQ(bucket.admits(5, start + milliseconds(1)), 1U);
  EXPECT_EQ(bucket.tokens(start + milliseconds(7)), 7U);
  EXPECT_EQ(bucket.tokens(start + hours(1'000'000)), 10U) << "no more than the burst";
}

TEST(TokenBucket, PaysADebtFirst) {
  TokenBucket bucket({100, 5}, start);
  bucket.take(25);
  EXPECT_EQ(bucket.tokens(start + milliseconds(200)), 0U);
  EXPECT_EQ(bucket.until_next(start + milliseconds(200)), milliseconds(10));
  EXPECT_EQ(bucket.tokens(start + milliseconds(210)), 1U);
}

TEST(TokenBucket, SaysWhenItIsWorthWakingUp) {
  TokenBucket slow({10, 1}, start);
  slow.take(1);
  EXPECT_EQ(slow.until_next(start), milliseconds(100));
  TokenBucket fast({100'000, 1000}, start);
  fast.take(1000);
  EXPECT_EQ(fast.until_next(start), milliseconds(1)) << "100 tokens";
  TokenBucket even({100'000, 1}, start);
  even.take(1);
  EXPECT_EQ(even.until_next(start), nanoseconds(10'000)) << "no more than the burst";
  EXPECT_GT(TokenBucket({10, 1}, start).until_next(start), Duration::zero())
      << "even if it is full";
}

// Woken late each time, somebody who always has packets still gets all that the rate allows.
TEST(TokenBucket, LosesNothingToLateTimers) {
  for (const double rate : {3.0, 100.0, 12'345.0, 1e6}) {
    TokenBucket bucket({rate, 1}, start);
    std::minstd_rand random(7);
    Time now = start;
    std::uint64_t taken = 0;
    while (now < start + seconds(20)) {
      if (const std::uint64_t tokens = bucket.admits(1'000'000, now)) {
        bucket.take(tokens);
        taken += tokens;
      }
      now += bucket.until_next(now) + nanoseconds(random() % 9'000'000);
    }
    const double most = 1 + rate * 1e-9 * static_cast<double>((now - start).count());
    EXPECT_LE(static_cast<double>(taken), most);
    EXPECT_GT(static_cast<double>(taken), most - 2 - rate * 0.02) << rate;
  }
}

TEST(TokenBucket, DoesNotGatherBeyondTheBurstWhileNobodyWaits) {
  TokenBucket bucket({1000, 1}, start);
  bucket.take(1);
  EXPECT_EQ(bucket.tokens(start + seconds(5)), 1U);
  bucket.take(1);
  static_cast<void>(bucket.until_next(start + seconds(5)));
  EXPECT_EQ(bucket.tokens(start + seconds(10)), 11U) << "10 ms of being late";
}

// An hour of packets, one at a time, is right to the packet.
TEST(TokenBucket, DoesNotDrift) {
  for (const double rate : {1.0 / 3, 0.7, 997.3}) {
    TokenBucket bucket({rate, 1}, start);
    std::uint64_t taken = 0;
    Time now = start;
    while (now <= start + hours(1) + milliseconds(1)) {
      const std::uint64_t tokens = bucket.admits(1'000, now);
      bucket.take(tokens);
      taken += tokens;
      now += bucket.until_next(now);
    }
    EXPECT_EQ(taken, 1 + static_cast<std::uint64_t>(std::llround(rate * 3600))) << rate;
  }
}

TEST(TokenBucket, HoldsTheLeastAndTheGreatest) {
  const auto most = static_cast<std::uint64_t>(graph::rate_burst_max);
  TokenBucket slow({graph::rate_min, most}, start);
  EXPECT_EQ(slow.tokens(start), most);
  slow.take(most);
  // 0.1/d is no whole number of anything in binary.
  EXPECT_EQ(slow.tokens(start + hours(240) + seconds(1)), 1U);
  EXPECT_EQ(slow.tokens(start + 100 * hours(240) + seconds(1)), 100U);
  TokenBucket fast({graph::rate_max, most}, start);
  fast.take(most);
  EXPECT_EQ(fast.tokens(start + nanoseconds(1)), 1U);
  EXPECT_EQ(fast.tokens(start + hours(240)), most);
}

TEST(TokenBucket, KeepsWhatItHasWhenItsRateChanges) {
  TokenBucket bucket({1000, 100}, start);
  bucket.take(60);
  bucket.set_rate({10, 20}, start);
  EXPECT_EQ(bucket.tokens(start), 20U);
  bucket.take(15);
  bucket.set_rate({1000, 100}, start);
  EXPECT_EQ(bucket.tokens(start), 5U);
  EXPECT_EQ(bucket.tokens(start + milliseconds(5)), 10U);
}

}  // namespace
}  // namespace weir::runtime
