// What the pool counts, and what it gives back.
#include "packet/slab.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <new>
#include <thread>
#include <vector>

namespace weir::slab {
namespace {

std::vector<void*> take(std::size_t bytes, std::size_t count) {
  std::vector<void*> blocks(count);
  allocate_many(class_of(bytes), blocks.data(), count);
  return blocks;
}

void give_back(std::size_t bytes, const std::vector<void*>& blocks) {
  release_many(class_of(bytes), blocks.data(), blocks.size());
}

TEST(SlabCount, IsExactOfBlocksInUse) {
  for (const std::size_t bytes : {64U, 500U, 4096U, 100'000U, 1U << 20}) {
    const std::size_t before = used_bytes();
    const std::vector<void*> blocks = take(bytes, 301);
    EXPECT_EQ(used_bytes() - before, 301 * size_of(class_of(bytes))) << bytes;
    EXPECT_GE(used_bytes_at_most(), used_bytes());
    give_back(bytes, blocks);
    EXPECT_EQ(used_bytes(), before) << bytes;
  }
}

TEST(SlabCount, CountsLargeBlocksToo) {
  const std::size_t before = used_bytes();
  std::size_t bytes = (std::size_t{5} << 20) + 123;
  void* block = allocate_bytes(bytes);
  EXPECT_EQ(used_bytes() - before, bytes);
  release_bytes(block, bytes);
  EXPECT_EQ(used_bytes(), before);
}

TEST(SlabCount, HoldsWhereAnotherThreadFrees) {
  const std::size_t before = used_bytes();
  const std::vector<void*> blocks = take(256, 10'000);
  std::thread([&] { give_back(256, blocks); }).join();
  EXPECT_EQ(used_bytes(), before);
  // A thread that has something at hand.
  std::thread([&] {
    give_back(256, take(256, 3));
    EXPECT_EQ(used_bytes(), before);
  }).join();
  EXPECT_EQ(used_bytes(), before);
}

TEST(SlabTrim, GivesBackWhatIsWhollyFree) {
  for (const std::size_t bytes : {64U, 2048U, 65'536U, 300'000U}) {
    const std::size_t size = size_of(class_of(bytes));
    const std::size_t count = (std::size_t{32} << 20) / size;
    const std::size_t before = system_bytes();
    const std::vector<void*> blocks = take(bytes, count);
    EXPECT_GE(system_bytes(), before);
    std::thread([&] { give_back(bytes, blocks); }).join();
    trim();
    // At most what this thread has at hand, and the slabs that its blocks are of.
    EXPECT_LE(system_bytes(), before + (std::size_t{8} << 20)) << bytes;
  }
}

TEST(SlabTrim, LeavesWhatIsInUse) {
  std::vector<void*> kept;
  std::vector<void*> freed;
  const std::vector<void*> blocks = take(256, 50'000);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    // Runs longer and shorter than a slab.
    const bool keep = i % 3000 < 100;
    (keep ? kept : freed).push_back(blocks[i]);
    if (keep) *static_cast<std::size_t*>(blocks[i]) = i;
  }
  const std::size_t taken = system_bytes();
  std::thread([&] { give_back(256, freed); }).join();
  trim();
  EXPECT_LT(system_bytes(), taken);
  // What stayed free is handed out again, each block once.
  const std::vector<void*> again = take(256, 50'000);
  for (void* block : again) *static_cast<std::size_t*>(block) = 1'000'000;
  std::size_t wrong = 0;
  for (std::size_t i = 0, next = 0; i < blocks.size(); ++i) {
    if (i % 3000 < 100) wrong += *static_cast<std::size_t*>(kept[next++]) == i ? 0 : 1;
  }
  EXPECT_EQ(wrong, 0U);
  give_back(256, again);
  give_back(256, kept);
}

TEST(SlabTrim, RunsBesideThreadsThatUseThePool) {
  std::atomic<bool> over{false};
  std::vector<std::thread> users;
  for (int i = 0; i < 3; ++i) {
    users.emplace_back([&over, i] {
      const std::size_t bytes = std::size_t{64} << (4 * i);
      while (!over) give_back(bytes, take(bytes, 200));
    });
  }
  for (int i = 0; i < 50; ++i) {
    trim();
    static_cast<void>(used_bytes());
  }
  over = true;
  for (std::thread& user : users) user.join();
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/// The system gives only so much more memory meanwhile.
class LittleMemory {
 public:
  explicit LittleMemory(std::size_t bytes) {
    ::getrlimit(RLIMIT_AS, &before_);
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const rlimit limit{pages * static_cast<std::size_t>(::getpagesize()) + bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_AS, &limit);
  }
  ~LittleMemory() { ::setrlimit(RLIMIT_AS, &before_); }
  LittleMemory(const LittleMemory&) = delete;
  LittleMemory& operator=(const LittleMemory&) = delete;

 private:
  rlimit before_{};
};

TEST(SlabWithoutMemory, GivesBackNevertheless) {
  constexpr std::size_t most = std::size_t{1} << 22;
  std::vector<void*> blocks;
  blocks.reserve(most);
  trim();
  const std::size_t before = used_bytes();
  const LittleMemory little(std::size_t{4} << 20);
  const auto take_all = [&] {
    while (blocks.size() < most) blocks.push_back(allocate(0));
  };
  EXPECT_THROW(take_all(), std::bad_alloc);
  const std::size_t count = blocks.size();
  ASSERT_GT(count, 30'000U);
  // There is none for the magazines that would hold them.
  for (void* block : blocks) release(0, block);
  EXPECT_EQ(used_bytes(), before);
  blocks.clear();
  EXPECT_THROW(take_all(), std::bad_alloc);
  EXPECT_GE(blocks.size() + 1000, count);
  std::sort(blocks.begin(), blocks.end());
  EXPECT_EQ(std::adjacent_find(blocks.begin(), blocks.end()), blocks.end()) << "given out twice";
  release_many(0, blocks.data(), blocks.size());
  EXPECT_EQ(used_bytes(), before);
}
#endif

}  // namespace
}  // namespace weir::slab
