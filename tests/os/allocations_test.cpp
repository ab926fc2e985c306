#include "os/allocations.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace weir::os {
namespace {

// Only the program weir counts by itself, so here each test says what is asked for.
TEST(Allocations, AddUpOverThreadsThatEndedToo) {
  count_allocation();
  const auto before = allocations();
  ASSERT_TRUE(before);
  const std::uint64_t own = allocations_of_this_thread();
  std::thread([] {
    for (int i = 0; i < 1000; ++i) count_allocation();
    EXPECT_EQ(allocations_of_this_thread(), 1000U);
  }).join();
  EXPECT_EQ(*allocations() - *before, 1000U);
  EXPECT_EQ(allocations_of_this_thread(), own);
  count_allocation();
  EXPECT_EQ(*allocations() - *before, 1001U);
  EXPECT_EQ(allocations_of_this_thread(), own + 1);
}

TEST(Allocations, OfRunningThreadsAreSeen) {
  count_allocation();
  const std::uint64_t before = *allocations();
  std::thread([&] {
    count_allocation();
    count_allocation();
    EXPECT_EQ(*allocations() - before, 2U);
  }).join();
}

/// Asks for memory when its thread ends.
struct Late {
  ~Late() { count_allocation(); }
};

TEST(Allocations, AtTheEndOfAThreadAreCounted) {
  count_allocation();
  const std::uint64_t before = *allocations();
  std::thread([] {
    // Made before the thread is entered, so destroyed after it has left.
    static thread_local const Late late;
    static_cast<void>(late);
    count_allocation();
  }).join();
  EXPECT_EQ(*allocations() - before, 2U);
}

}  // namespace
}  // namespace weir::os
