// How long packets take from leaving their source to their end, measured on a sample of them.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "scheduler/executor.hpp"
#include "weir/detail/cell.hpp"
#include "weir/units.hpp"

namespace weir::runtime {

/// A histogram of durations whose buckets grow with the value: each power of two is cut into 128
/// equal parts, so that what it answers is within 0.8 % of the truth. After Gil Tene's
/// HdrHistogram. Durations up to 1,099 s; longer ones count as that. Thread-safe.
class LatencyLog {
 public:
  void record(Duration latency) noexcept;
  std::uint64_t count() const noexcept;
  /// The duration that this share of what was recorded does not exceed: 0.5 for the median, 0.99.
  /// Nothing if nothing was recorded.
  std::optional<Duration> percentile(double share) const noexcept;
  /// Forgets all; what other threads record meanwhile may be lost or kept.
  void clear() noexcept;

 private:
  static constexpr unsigned part_bits = 7;
  static constexpr unsigned value_bits = 40;
  static constexpr std::size_t buckets = std::size_t{value_bits - part_bits + 1} << part_bits;

  static std::size_t bucket_of(std::uint64_t nanoseconds) noexcept;
  static std::uint64_t middle_of(std::size_t bucket) noexcept;

  std::array<std::atomic<std::uint64_t>, buckets> counts_{};
};

/// Says which packets of a network are sampled, and keeps their latencies. A sampled packet carries
/// the time at which it left its source as its stamp; packets made from it inherit the stamp.
/// Thread-safe.
class LatencySampler final : public detail::LatencySink {
 public:
  /// The executor must outlive it.
  explicit LatencySampler(const scheduler::Executor& executor) noexcept : executor_(executor) {}

  /// Of the packets that leave a source, samples one in `one_in`; 0, the initial value, for none.
  void set(unsigned one_in) noexcept { one_in_.store(one_in, std::memory_order_relaxed); }
  unsigned one_in() const noexcept { return one_in_.load(std::memory_order_relaxed); }
  /// For the account of a process that is about to run: null while nothing is sampled.
  detail::LatencySink* sink() noexcept { return one_in() == 0 ? nullptr : this; }

  /// The stamp of a packet that leaves its source now; never 0.
  std::uint64_t stamp() const noexcept;
  void packet_ended(std::uint64_t stamp) noexcept override;

  LatencyLog& log() noexcept { return log_; }
  const LatencyLog& log() const noexcept { return log_; }

 private:
  const scheduler::Executor& executor_;
  std::atomic<unsigned> one_in_{0};
  LatencyLog log_;
};

}  // namespace weir::runtime
