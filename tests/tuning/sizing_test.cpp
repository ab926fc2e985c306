#include "tuning/sizing.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace weir::tuning {
namespace {

constexpr SizeBounds bounds{4, 65'536};

// A tandem in which a connection smaller than `needed` costs time in proportion.
Flow flow_at(std::uint32_t size, double needed) {
  const double lost = size >= needed ? 0 : 0.5 * (1 - size / needed);
  return {.packets_pps = 10'000,
          .consumer_gap_s = 0.001,
          .producer_gap_s = 0.001,
          .blocked = lost,
          .starved = lost,
          .spare = 1};
}

std::uint32_t settle(Sizing& sizing, std::uint32_t size, double needed, unsigned ticks,
                     unsigned* changes = nullptr) {
  for (unsigned i = 0; i < ticks; ++i) {
    if (const auto next = sizing.next(size, flow_at(size, needed), bounds)) {
      EXPECT_LE(*next, 2 * size) << "grows at most twofold a step";
      size = *next;
      if (changes != nullptr) ++*changes;
    }
  }
  return size;
}

TEST(Sizing, ShrinksToThroughputTimesLatency) {
  Sizing sizing;
  // 10,000 a second x 2 ms.
  EXPECT_NEAR(settle(sizing, 1024, 10, 100), 20, 3);
}

TEST(Sizing, GrowsWhileBothEndsAreHeldUp) {
  Sizing sizing;
  const std::uint32_t size = settle(sizing, 8, 1000, 200);
  EXPECT_GE(size, 900);
  EXPECT_LE(size, 2048);
}

TEST(Sizing, RemembersWhatGrowthTaught) {
  Sizing sizing;
  std::uint32_t size = settle(sizing, 8, 1000, 200);
  unsigned changes = 0;
  size = settle(sizing, size, 1000, 1000, &changes);
  EXPECT_EQ(changes, 0) << "at " << size;
}

TEST(Sizing, TakesBackGrowthThatBringsNothingAndTriesMoreSeldom) {
  Sizing sizing;
  std::uint32_t size = 64;
  const Flow hopeless{.packets_pps = 1000,
                      .consumer_gap_s = 0.01,
                      .producer_gap_s = 0.01,
                      .blocked = 0.3,
                      .starved = 0.3,
                      .spare = 1};
  unsigned early = 0;
  unsigned late = 0;
  std::uint32_t largest = size;
  for (unsigned tick = 0; tick < 12'000; ++tick) {
    if (const auto next = sizing.next(size, hopeless, bounds)) {
      size = *next;
      ++(tick < 6'000 ? early : late);
    }
    largest = std::max(largest, size);
  }
  EXPECT_EQ(size, 64U);
  EXPECT_LE(largest, 64 * 64);
  EXPECT_LT(late, early);
}

TEST(Sizing, DoesNotGrowWhereNoWorkerIsIdle) {
  Sizing sizing;
  Flow full = flow_at(20, 1000);
  full.spare = 0;
  for (unsigned tick = 0; tick < 100; ++tick) EXPECT_FALSE(sizing.next(20, full, bounds));
}

TEST(Sizing, StaysWithinItsBounds) {
  Sizing sizing;
  EXPECT_EQ(sizing.next(1024, flow_at(1024, 1), {16, 256}), 256U);
  EXPECT_EQ(sizing.next(2, flow_at(2, 1), {16, 256}), 16U);
}

}  // namespace
}  // namespace weir::tuning
