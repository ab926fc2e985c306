// For how long at a time a process leaves its input alone because it is at work: what the queue
// before it must be able to hold meanwhile.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

#include "weir/units.hpp"

namespace weir::runtime {

inline constexpr std::size_t gap_buckets = 24;
/// Microseconds spent in gaps, by their length: the first bucket has those below 2048 ns, each
/// further one those of twice the length. The totals wrap around: only differences mean something.
using GapTimes = std::array<std::uint32_t, gap_buckets>;

/// The longest gap of a bucket.
constexpr Duration longest_gap(std::size_t bucket) noexcept {
  return Duration(std::int64_t{2048} << bucket);
}

/// One writer at a time, read by any thread.
class Gaps {
 public:
  void add(Duration gap) noexcept {
    const auto ns = static_cast<std::uint64_t>(std::max<Duration::rep>(gap.count(), 0));
    const auto width = static_cast<std::size_t>(std::bit_width(ns >> 11));
    std::atomic<std::uint32_t>& total = total_us_[std::min(width, gap_buckets - 1)];
    total.store(
        total.load(std::memory_order_relaxed) + static_cast<std::uint32_t>((ns + 500) / 1000),
        std::memory_order_relaxed);
  }
  void read(GapTimes& into) const noexcept {
    for (std::size_t i = 0; i < gap_buckets; ++i) {
      into[i] += total_us_[i].load(std::memory_order_relaxed);
    }
  }

 private:
  std::array<std::atomic<std::uint32_t>, gap_buckets> total_us_{};
};

}  // namespace weir::runtime
