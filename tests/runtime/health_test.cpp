#include "runtime/health.hpp"

#include <gtest/gtest.h>

namespace weir::runtime {
namespace {

using std::chrono::seconds;

TEST(Health, SaysWhatItsUnitsSaySinceTheFirstDid) {
  Health health;
  const int one = 0;
  const int two = 0;
  const Time start{};
  EXPECT_EQ(health.read(start).text, "");
  health.set(&one, "cannot read a", start);
  health.set(&one, "cannot read a; and 1 more", start + seconds(2));
  health.set(&two, "cannot read b", start + seconds(3));
  const ComponentHealth both = health.read(start + seconds(5));
  EXPECT_EQ(both.text, "cannot read a; and 1 more; cannot read b");
  EXPECT_DOUBLE_EQ(both.for_s, 5);
  health.set(&one, "", start + seconds(6));
  const ComponentHealth left = health.read(start + seconds(6));
  EXPECT_EQ(left.text, "cannot read b");
  EXPECT_DOUBLE_EQ(left.for_s, 3);
}

TEST(Health, SaysWhatAllUnitsSayOnce) {
  Health health;
  const int one = 0;
  const int two = 0;
  health.set(&one, "away", Time());
  health.set(&two, "away", Time());
  EXPECT_EQ(health.read(Time()).text, "away");
}

}  // namespace
}  // namespace weir::runtime
