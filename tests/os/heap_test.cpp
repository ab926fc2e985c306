#include "os/heap.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace weir::os {
namespace {

TEST(Heap, CountsWhatIsHandedOut) {
  const std::uint64_t before = heap_bytes();
  if (before == 0) GTEST_SKIP() << "this build's allocator does not tell";
  constexpr std::size_t size = std::size_t{64} << 20;
  const auto large = std::make_unique<std::vector<char>>(size);
  EXPECT_GE(heap_bytes(), before + size / 2);
  EXPECT_EQ(large->front(), 0);
}

TEST(Heap, SaysHowToGetAProfile) {
  std::string why_not;
  EXPECT_EQ(heap_profile(why_not), "");
  EXPECT_THAT(why_not, testing::HasSubstr("LD_PRELOAD=libjemalloc.so.2 MALLOC_CONF=prof:true"));
}

}  // namespace
}  // namespace weir::os
