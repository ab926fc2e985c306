#include "tuning/sizing.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace weir::tuning {
namespace {

// Of the time, lost for want of room: above it a connection grows, below the other it may shrink.
constexpr double loss_to_grow = 0.015;
// Of one that was made smaller, so much is plain at once. What is less may be the chance of a few
// seconds, and must last.
constexpr double plain_loss = 0.1;
constexpr double long_s = 5;
constexpr double loss_to_shrink = 0.012;
constexpr unsigned ticks_to_grow = 3;
constexpr double first_calm_s = 1;
constexpr double calm_s = 5;
constexpr double most_factor = 4096;
// Growth that has not lessened the loss by then never will.
constexpr unsigned doublings_to_try = 6;
constexpr std::uint32_t doublings_at_once = 8;
constexpr double first_wait_s = 60;
constexpr double longest_wait_s = 3600;
// Of the newest of the usual ticks in the smoothed figures. What the connection must hold is
// remembered for some ten seconds, so that a gap that comes round every few seconds is not
// forgotten in between.
constexpr double newest = 0.2;
constexpr double newest_of_loss = 0.1;
constexpr double newest_of_long = 0.01;
constexpr unsigned ticks_to_settle = 2;
// What was too little once is so for this long, while no more and no less flows than this factor.
constexpr double floor_s = 3600;
constexpr double other_load = 2;
constexpr double newest_if_less = 0.01;

}  // namespace

Sizing::Sizing(double tick_s) : tick_s_(tick_s), next_wait_(ticks_in(first_wait_s, tick_s)) {}

std::optional<std::uint32_t> Sizing::next(std::uint32_t size, const Flow& flow,
                                          const SizeBounds& bounds) {
  remember(product_, flow.packets_pps * (flow.consumer_gap_s + flow.producer_gap_s));
  remember(claims_, flow.claims);
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
  forget_floor_if_other(flow);
  const bool lasts = measured_ >= ticks_in(long_s, tick_s_) && long_loss_ > loss_to_grow;
  const double plain = shrunk_ ? plain_loss : loss_to_grow;
  held_up_ = loss_ > plain || lasts ? held_up_ + 1 : 0;
  calm_ = loss_ < loss_to_shrink && long_loss_ < loss_to_shrink ? calm_ + 1 : 0;
  if (held_up_ >= ticks_to_grow) return grow(size, bounds);
  if (calm_ >= ticks_in(shrunk_ ? calm_s : first_calm_s, tick_s_)) {
    fruitless_ = 0;
    const std::uint32_t wanted_least =
        std::max(optimal_, std::min(std::max(floor_, static_cast<std::uint32_t>(claims_)), most));
    if (wanted_least < size / 2) {
      shrunk_ = true;
      return changed(wanted_least);
    }
  }
  return {};
}

// What grew is known soon, what became less is believed slowly.
void Sizing::remember(double& kept, double now) const {
  kept += weight_of(now > kept ? newest : newest_if_less, tick_s_) * (now - kept);
}

void Sizing::measure_loss(const Flow& flow) {
  ++measured_;
  const auto add = [&](Flow& mean, double newest) {
    const double weight = std::max(weight_of(newest, tick_s_), 1.0 / measured_);
    mean.blocked += weight * (flow.blocked - mean.blocked);
    mean.starved += weight * (flow.starved - mean.starved);
    mean.spare += weight * (flow.spare - mean.spare);
    return std::min({mean.blocked, mean.starved, mean.spare});
  };
  loss_ = add(mean_, newest_of_loss);
  long_loss_ = add(long_mean_, newest_of_long);
}

void Sizing::forget_floor_if_other(const Flow& flow) {
  packets_pps_ += weight_of(newest_if_less, tick_s_) * (flow.packets_pps - packets_pps_);
  if (floor_ == 0) return;
  const bool same =
      packets_pps_ < other_load * floor_pps_ && floor_pps_ < other_load * packets_pps_;
  if (!same || ++floor_age_ > ticks_in(floor_s, tick_s_)) floor_ = 0;
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
    floor_ = std::min(floor_, size_before_);
    return changed(std::max(size_before_, bounds.least));
  }
  if (wait_ != 0 || size >= bounds.most) return {};
  if (fruitless_++ == 0) {
    loss_before_ = loss_;
    size_before_ = size;
    factor_before_ = factor_;
  }
  if (optimal_ <= size) factor_ = std::min(2 * factor_, most_factor);
  // The law is trusted for a few doublings at a time: a steady load should be known soon.
  const std::uint32_t larger =
      std::min(bounds.most, std::max({2 * size, std::min(optimal_, doublings_at_once * size),
                                      static_cast<std::uint32_t>(claims_)}));
  floor_ = std::max(floor_, larger);
  floor_pps_ = packets_pps_;
  floor_age_ = 0;
  return changed(larger);
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
