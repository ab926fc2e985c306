// Times of the laws in ticks, whatever `tuning.tick` is.
#pragma once

#include <algorithm>
#include <cmath>

namespace weir::tuning {

/// The tick that the laws' figures are given for.
inline constexpr double usual_tick_s = 0.1;

/// The weight of the newest reading in a smoothed figure, where it is `usual` with the usual tick:
/// the figure then follows as fast with every other.
inline double weight_of(double usual, double tick_s) noexcept {
  return 1 - std::pow(1 - usual, tick_s / usual_tick_s);
}

/// At least one.
inline unsigned ticks_in(double seconds, double tick_s) noexcept {
  return static_cast<unsigned>(std::max(1.0, std::ceil(seconds / tick_s - 1e-9)));
}

}  // namespace weir::tuning
