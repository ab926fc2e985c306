#include "runtime/latency.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace weir::runtime {

std::size_t LatencyLog::bucket_of(std::uint64_t nanoseconds) noexcept {
  const std::uint64_t value = std::min(nanoseconds, (std::uint64_t{1} << value_bits) - 1);
  const auto width = static_cast<unsigned>(std::bit_width(value));
  // Values below two times 128 have a bucket each; above, the leading eight bits choose it.
  const unsigned shift = width > part_bits + 1 ? width - (part_bits + 1) : 0;
  return (std::size_t{shift} << part_bits) + static_cast<std::size_t>(value >> shift);
}

std::uint64_t LatencyLog::middle_of(std::size_t bucket) noexcept {
  constexpr std::size_t parts = std::size_t{1} << part_bits;
  if (bucket < 2 * parts) return bucket;
  const auto shift = static_cast<unsigned>(bucket / parts) - 1;
  const std::uint64_t low = std::uint64_t{bucket - shift * parts} << shift;
  return low + (std::uint64_t{1} << shift) / 2;
}

void LatencyLog::record(Duration latency) noexcept {
  const auto nanoseconds = static_cast<std::uint64_t>(std::max<Duration::rep>(0, latency.count()));
  counts_[bucket_of(nanoseconds)].fetch_add(1, std::memory_order_relaxed);
}

std::uint64_t LatencyLog::count() const noexcept {
  std::uint64_t total = 0;
  for (const auto& count : counts_) total += count.load(std::memory_order_relaxed);
  return total;
}

std::optional<Duration> LatencyLog::percentile(double share) const noexcept {
  const std::uint64_t total = count();
  if (total == 0) return {};
  const auto rank = std::clamp<std::uint64_t>(
      static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total))), 1, total);
  std::uint64_t seen = 0;
  std::size_t last = 0;
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    const std::uint64_t count = counts_[bucket].load(std::memory_order_relaxed);
    if (count == 0) continue;
    seen += count;
    last = bucket;
    if (seen >= rank) break;
  }
  return Duration(static_cast<Duration::rep>(middle_of(last)));
}

void LatencyLog::clear() noexcept {
  for (auto& count : counts_) count.store(0, std::memory_order_relaxed);
}

std::uint64_t LatencySampler::stamp() const noexcept {
  // Virtual time may begin at 0, which means that a packet is not sampled.
  return static_cast<std::uint64_t>(
      std::max<Duration::rep>(1, executor_.now().time_since_epoch().count()));
}

void LatencySampler::packet_ended(std::uint64_t stamp) noexcept {
  const auto left = Duration(static_cast<Duration::rep>(stamp));
  log_.record(executor_.now().time_since_epoch() - left);
}

}  // namespace weir::runtime
