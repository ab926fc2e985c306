#include "tuning/sizing.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace weir::tuning {
namespace {

// Of the time, lost for want of room: above it a connection grows, below the other it may shrink.
constexpr double loss_to_grow = 0.015;
constexpr double loss_to_shrink = 0.004;
constexpr unsigned ticks_to_grow = 3;
constexpr unsigned ticks_to_shrink = 10;
constexpr double most_factor = 4096;
constexpr unsigned longest_wait = 36'000;
// Of the newest tick in the smoothed figures. What the connection must hold is remembered for some
// ten seconds, so that a gap that comes round every few seconds is not forgotten in between.
constexpr double newest = 0.2;
constexpr double newest_if_less = 0.01;

}  // namespace

std::optional<std::uint32_t> Sizing::next(std::uint32_t size, const Flow& flow,
                                          const SizeBounds& bounds) {
  const double product = flow.packets_pps * (flow.consumer_gap_s + flow.producer_gap_s);
  product_ += (product > product_ ? newest : newest_if_less) * (product - product_);
  mean_.blocked += newest * (flow.blocked - mean_.blocked);
  mean_.starved += newest * (flow.starved - mean_.starved);
  mean_.spare += newest * (flow.spare - mean_.spare);
  loss_ = std::min({mean_.blocked, mean_.starved, mean_.spare});
  const double wanted = std::ceil(product_ * factor_);
  const auto most = std::max(bounds.least, bounds.most);
  optimal_ = static_cast<std::uint32_t>(
      std::clamp(wanted, static_cast<double>(bounds.least), static_cast<double>(most)));
  if (size < bounds.least || size > most) return std::clamp(size, bounds.least, most);
  if (settling_ != 0) {
    --settling_;
    return {};
  }
  if (wait_ != 0) --wait_;
  held_up_ = loss_ > loss_to_grow ? held_up_ + 1 : 0;
  calm_ = loss_ < loss_to_shrink ? calm_ + 1 : 0;
  if (held_up_ >= ticks_to_grow) return grow(size, bounds);
  if (calm_ >= ticks_to_shrink) {
    fruitless_ = 0;
    calm_ = 0;
    if (optimal_ < size / 2) return optimal_;
  }
  return {};
}

std::optional<std::uint32_t> Sizing::grow(std::uint32_t size, const SizeBounds& bounds) {
  held_up_ = 0;
  if (fruitless_ != 0 && loss_ < 0.9 * loss_before_) fruitless_ = 0;
  if (fruitless_ >= 3) {
    // Three doublings have not lessened the loss: it has another cause.
    fruitless_ = 0;
    factor_ /= 8;
    wait_ = std::exchange(next_wait_, std::min(2 * next_wait_, longest_wait));
    settling_ = ticks_to_grow;
    return std::max(size_before_, bounds.least);
  }
  if (wait_ != 0 || size >= bounds.most) return {};
  if (fruitless_++ == 0) {
    loss_before_ = loss_;
    size_before_ = size;
  }
  if (optimal_ <= size) factor_ = std::min(2 * factor_, most_factor);
  settling_ = ticks_to_grow;
  return std::min(bounds.most, 2 * size);
}

double long_gap_s(const runtime::GapTimes& before, const runtime::GapTimes& after, double window_s,
                  double share, unsigned units) {
  const double most_us = 1e6 * window_s * share * units;
  double longer_us = 0;
  for (std::size_t i = runtime::gap_buckets; i-- != 0;) {
    longer_us += static_cast<std::uint32_t>(after[i] - before[i]);
    if (longer_us > most_us) {
      // The middle of the bucket, on a logarithmic scale.
      const std::chrono::duration<double> longest = runtime::longest_gap(i);
      return longest.count() * 0.7 / units;
    }
  }
  return 0;
}

}  // namespace weir::tuning
