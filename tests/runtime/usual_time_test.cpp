// How long an activation is foreseen to take.
#include "runtime/usual_time.hpp"

#include <gtest/gtest.h>

namespace weir::runtime {
namespace {

void add(UsualTime& time, int count, std::uint64_t ns) {
  for (int i = 0; i < count; ++i) time.add(ns);
}

TEST(UsualTime, FollowsAChangeWithinAFew) {
  UsualTime time(50'000);
  add(time, 40, 1'000);
  EXPECT_LT(time.ns(), 1'500U);
  add(time, 40, 200'000);
  EXPECT_GT(time.ns(), 150'000U);
}

// 8 ms once in 400: 20 us on average, though nearly all of them are short.
TEST(UsualTime, WhatIsLongOnceInAWhileCountsAllTheTime) {
  UsualTime time(50'000);
  const auto round = [&time] {
    add(time, 399, 100);
    const std::uint64_t before = time.ns();
    time.add(8'000'000);
    return before;
  };
  for (int i = 0; i < 5; ++i) round();
  for (int i = 0; i < 5; ++i) {
    const std::uint64_t before = round();
    EXPECT_GT(before, 10'000U);
    EXPECT_LT(before, 40'000U);
  }
}

TEST(UsualTime, WhatIsSlowerThanItWasBecomesFastAgain) {
  UsualTime time(50'000);
  add(time, 5'000, 16'000);
  add(time, 40, 5'000);
  EXPECT_LT(time.ns(), 6'000U);
}

}  // namespace
}  // namespace weir::runtime
