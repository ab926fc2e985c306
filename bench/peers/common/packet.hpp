// The packets of the peers: pooled ones on a cache line of their own with a free list for one
// thread, and messages for those libraries that are at their best when they copy small values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "options.hpp"

namespace peers {

struct alignas(64) Packet {
  std::uint32_t kind = 0;
  std::uint64_t number = 0;
};

inline constexpr std::uint32_t number_kind = 1;

/// A packet that travels by value, and so has no padding.
struct Message {
  std::uint32_t kind = 0;
  std::uint64_t number = 0;
  /// Since the clock's epoch: a time_point is not made noexcept, which TBB asks of light nodes.
  Clock::duration due{};
};
static_assert(noexcept(Message()));

/// What a stage that passes a packet on does with it: looks at kind and number. One per stage.
class Reader {
 public:
  void read(std::uint32_t kind, std::uint64_t number) noexcept {
    if (kind == number_kind) sum_ += number;
    // Without this the compiler might see that nobody asks for the sum.
    asm volatile("" : : "r"(sum_));
  }

 private:
  std::uint64_t sum_ = 0;
};

/// Last in, first out, so that a packet is used again while it is in cache. One thread.
class FreeList {
 public:
  explicit FreeList(std::size_t count) : storage_(new Packet[count]) {
    free_.reserve(count);
    for (std::size_t i = count; i > 0; --i) free_.push_back(&storage_[i - 1]);
  }
  bool empty() const { return free_.empty(); }
  Packet* take() {
    Packet* packet = free_.back();
    free_.pop_back();
    return packet;
  }
  void give(Packet* packet) { free_.push_back(packet); }

 private:
  std::unique_ptr<Packet[]> storage_;
  std::vector<Packet*> free_;
};

}  // namespace peers
