#include "tuning/sizing.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace weir::tuning {
namespace {

// Of the time, lost for want of room: above it a connection grows, below the other it may shrink.
constexpr double loss_to_grow = 0.015;
constexpr double loss_to_shrink = 0.012;
constexpr unsigned ticks_to_grow = 3;
constexpr unsigned ticks_to_shrink = 10;
constexpr double most_factor = 4096;
// Growth that has not lessened the loss by then never will.
constexpr unsigned doublings_to_try = 6;
constexpr double first_wait_s = 60;
constexpr double longest_wait_s = 3600;
// Of the newest of the usual ticks in the smoothed figures. What the connection must hold is
// remembered for some ten seconds, so that a gap that comes round every few seconds is not
// forgotten in between.
constexpr double newest = 0.2;
constexpr double newest_of_loss = 0.1;
constexpr unsigned ticks_to_settle = 2;
constexpr double newest_if_less = 0.01;

}  // namespace

Sizing::Sizing(double tick_s) : tick_s_(tick_s), next_wait_(ticks_in(first_wait_s, tick_s)) {}

std::optional<std::uint32_t> Sizing::next(std::uint32_t size, const Flow& flow,
                                          const SizeBounds& bounds) {
  const double product = flow.packets_pps * (flow.consumer_gap_s + flow.producer_gap_s);
  const double weight = weight_of(product > product_ ? newest : newest_if_less, tick_s_);
  product_ += weight * (product - product_);
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
  measure_loss(flow);
  held_up_ = loss_ > loss_to_grow ? held_up_ + 1 : 0;
  calm_ = loss_ < loss_to_shrink ? calm_ + 1 : 0;
  if (held_up_ >= ticks_to_grow) return grow(size, bounds);
  if (calm_ >= ticks_to_shrink) {
    fruitless_ = 0;
    if (optimal_ < size / 2) return changed(optimal_);
  }
  return {};
}

void Sizing::measure_loss(const Flow& flow) {
  const double weight = std::max(weight_of(newest_of_loss, tick_s_), 1.0 / ++measured_);
  mean_.blocked += weight * (flow.blocked - mean_.blocked);
  mean_.starved += weight * (flow.starved - mean_.starved);
  mean_.spare += weight * (flow.spare - mean_.spare);
  loss_ = std::min({mean_.blocked, mean_.starved, mean_.spare});
}

// What was measured at the old size says nothing of the new one.
std::uint32_t Sizing::changed(std::uint32_t size) {
  settling_ = ticks_to_settle;
  measured_ = 0;
  held_up_ = 0;
  calm_ = 0;
  return size;
}

std::optional<std::uint32_t> Sizing::grow(std::uint32_t size, const SizeBounds& bounds) {
  if (fruitless_ != 0 && loss_ < 0.9 * loss_before_) fruitless_ = 0;
  if (fruitless_ >= doublings_to_try) {
    // The loss has another cause.
    fruitless_ = 0;
    factor_ = factor_before_;
    wait_ = std::exchange(next_wait_, std::min(2 * next_wait_, ticks_in(longest_wait_s, tick_s_)));
    return changed(std::max(size_before_, bounds.least));
  }
  if (wait_ != 0 || size >= bounds.most) return {};
  if (fruitless_++ == 0) {
    loss_before_ = loss_;
    size_before_ = size;
    factor_before_ = factor_;
  }
  if (optimal_ <= size) factor_ = std::min(2 * factor_, most_factor);
  return changed(std::min(bounds.most, 2 * size));
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
