// How long to wait before what has failed is tried again.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>

#include "weir/units.hpp"

namespace weir {

/// `first` after the first failure, twice as long after each further one (`failures_before` of
/// them), up to `most`. Half of it is left to chance, so that many who failed together do not come
/// back in step: "equal jitter", Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog,
/// 2015. `random` is a generator of the standard library, used by this call alone.
template <class Random>
Duration backoff(unsigned failures_before, Duration first, Duration most, Random& random) {
  const double doubled = std::min(std::ldexp(static_cast<double>(first.count()),
                                             static_cast<int>(std::min(failures_before, 60U))),
                                  static_cast<double>(most.count()));
  const double pause = doubled * std::uniform_real_distribution<double>(0.5, 1)(random);
  return Duration(static_cast<Duration::rep>(pause));
}

}  // namespace weir
