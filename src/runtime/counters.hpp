// The figures of one process. Written by the activation that runs, read by any thread.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

#include "runtime/snapshot.hpp"

namespace weir::runtime {

/// False only in a build for benchmarks, which shows what the figures cost: CMake's WEIR_BARE.
#if defined(WEIR_BARE)
inline constexpr bool has_figures = false;
#else
inline constexpr bool has_figures = true;
#endif

/// A counter with one writer at a time: no locked instruction.
class Counter {
 public:
  void add(std::uint64_t amount) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Processing time per packet, in the buckets of weir_processing_seconds.
class ProcessingTimes {
 public:
  /// A batch of `packets` that took `total`: as many observations of its mean.
  void observe(std::uint64_t packets, Duration total) noexcept {
    if (!has_figures || packets == 0) return;
    const auto total_ns = static_cast<std::uint64_t>(std::max<Duration::rep>(0, total.count()));
    std::size_t bucket = 0;
    // Most batches fall into the first, for which no division is needed.
    if (total_ns > bounds_ns[0] * packets) {
      const auto bound = std::lower_bound(bounds_ns.begin(), bounds_ns.end(), total_ns / packets);
      bucket = static_cast<std::size_t>(bound - bounds_ns.begin());
    }
    buckets_[bucket].add(packets);
    sum_ns_.add(total_ns);
  }
  void read(ProcessSnapshot& into) const noexcept {
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      into.processing_buckets[i] += buckets_[i].get();
      into.processing_count += buckets_[i].get();
    }
    into.processing_sum_s += 1e-9 * static_cast<double>(sum_ns_.get());
  }

 private:
  static constexpr auto bounds_ns = [] {
    std::array<std::uint64_t, processing_bounds.size()> bounds{};
    for (std::size_t i = 0; i < bounds.size(); ++i) {
      // Whole nanoseconds but for the error of the decimal form.
      bounds[i] = static_cast<std::uint64_t>(processing_bounds[i] * 1e9 + 0.001);
    }
    return bounds;
  }();

  std::array<Counter, processing_bounds.size() + 1> buckets_;
  Counter sum_ns_;
};

}  // namespace weir::runtime
