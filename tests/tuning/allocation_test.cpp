#include "tuning/allocation.hpp"

#include <gmock/gmock.h>

namespace weir::tuning {
namespace {

using testing::ElementsAre;

TEST(Allocation, GivesEachProcessItsLeast) {
  const std::vector<Demand> demands{{0, 1, 8}, {0, 3, 8}, {0.5, 1, 1}};
  EXPECT_THAT(allocate(demands, 100), ElementsAre(1, 3, 1));
}

TEST(Allocation, GivesUntilUtilisationIsBelowFourFifths) {
  const std::vector<Demand> demands{{4, 1, 100}, {0.79, 1, 100}, {0.81, 1, 100}};
  EXPECT_THAT(allocate(demands, 100), ElementsAre(5, 1, 2));
}

TEST(Allocation, GivesNoProcessMoreThanItsMost) {
  const std::vector<Demand> demands{{40, 1, 6}, {2, 1, 100}};
  EXPECT_THAT(allocate(demands, 100), ElementsAre(6, 3));
}

TEST(Allocation, SharesAScarceTotalByPriority) {
  const std::vector<Demand> demands{{30, 1, 100}, {60, 1, 100}, {10, 1, 100}};
  EXPECT_THAT(allocate(demands, 10), ElementsAre(3, 6, 1));
}

TEST(Allocation, LeastsMayExceedTheTotal) {
  const std::vector<Demand> demands{{9, 4, 100}, {9, 4, 100}};
  EXPECT_THAT(allocate(demands, 5), ElementsAre(4, 4));
}

}  // namespace
}  // namespace weir::tuning
