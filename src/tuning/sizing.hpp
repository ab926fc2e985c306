// How large a connection with `capacity: auto` is made: the seed's law, corrected by what is
// measured.
#pragma once

#include <cstdint>
#include <optional>

#include "runtime/gaps.hpp"
#include "tuning/ticks.hpp"

namespace weir::tuning {

/// What one tick shows of a connection.
struct Flow {
  /// Packets a second through it.
  double packets_pps = 0;
  /// For how long its consumer leaves it alone at a time, and its producer: seconds, the length
  /// that gaps exceed for only a hundredth of the time.
  double consumer_gap_s = 0;
  double producer_gap_s = 0;
  /// Shares of the tick: its producer was held back by it, its consumer had no input, a worker had
  /// nothing to do. Where all three come together, a larger connection would have helped.
  double blocked = 0;
  double starved = 0;
  double spare = 0;
  /// Packets that its consumer would take in two claims, if they were there: with less room than
  /// that a busy consumer takes them in smaller batches.
  double claims = 0;
};

struct SizeBounds {
  std::uint32_t least = 1;
  std::uint32_t most = 1;
};

/// optimal = ceil(throughput x latency), where latency is how long the two sides leave the
/// connection alone together: what one side puts in (or takes out) before the other looks again.
/// Not the time that packets wait in it, which by Little's law (1961) is length / throughput, so
/// that the product would only ever confirm the present length. The law is exact for gaps of fixed
/// length; what their spread asks for on top is learnt: while both ends are held up by turns and a
/// worker is idle, the product is doubled.
class Sizing {
 public:
  /// For a tick of so many seconds.
  explicit Sizing(double tick_s = usual_tick_s);
  /// The next size, if it should change. Call once a tick.
  std::optional<std::uint32_t> next(std::uint32_t size, const Flow& flow, const SizeBounds& bounds);
  /// What the law asks for at the moment, within the bounds.
  std::uint32_t optimal() const noexcept { return optimal_; }
  /// The share of time lost for want of room, smoothed.
  double loss() const noexcept { return loss_; }

 private:
  void measure_loss(const Flow& flow);
  void forget_floor_if_other(const Flow& flow);
  std::uint32_t changed(std::uint32_t size);
  std::optional<std::uint32_t> grow(std::uint32_t size, const SizeBounds& bounds);
  void remember(double& kept, double now) const;

  double tick_s_;
  // Over many ticks, so that a burst that takes several to come and go is seen as one.
  Flow mean_;
  Flow long_mean_;
  unsigned measured_ = 0;
  double product_ = 0;
  // Remembered like the product: what a packet takes swings where it takes next to nothing.
  double claims_ = 0;
  double factor_ = 1;
  double loss_ = 0;
  double long_loss_ = 0;
  double loss_before_ = 0;
  unsigned held_up_ = 0;
  unsigned calm_ = 0;
  unsigned settling_ = 0;
  // Growth that brought nothing is not tried again for so many ticks, twice as long each time.
  unsigned wait_ = 0;
  unsigned next_wait_;
  unsigned fruitless_ = 0;
  std::uint32_t size_before_ = 0;
  double factor_before_ = 1;
  std::uint32_t optimal_ = 0;
  bool shrunk_ = false;
  // Less than this was too little, at so many packets a second, so many ticks ago. A steady load
  // whose bursts are rare would else make it shrink between two of them, time and again.
  std::uint32_t floor_ = 0;
  double floor_pps_ = 0;
  unsigned floor_age_ = 0;
  double packets_pps_ = 0;
};

/// The gap that longer ones exceed for only `share` of `window_s`, divided among `units`.
double long_gap_s(const runtime::GapTimes& before, const runtime::GapTimes& after, double window_s,
                  double share, unsigned units);

}  // namespace weir::tuning
