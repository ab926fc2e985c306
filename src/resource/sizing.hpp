// How many resources a pool should have. The law, with its sources, is in docs/resources.md. Pure
// arithmetic on what it is told; used under the pool's lock.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>

#include "weir/units.hpp"

namespace weir::resource {

/// The least number of servers with which a wait longer than `allowed_s` happens to less than
/// `miss` of the requests: Erlang's C formula with the tail of M/M/n, its rate scaled by Allen and
/// Cunneen's `variability` (1 for Poisson arrivals and exponential times). `load` is arrival rate
/// times holding time. At most `most`.
unsigned servers_for(double load, double hold_s, double allowed_s, double variability, double miss,
                     unsigned most);

/// Sums that fade, so that recent events count more.
class Moments {
 public:
  void add(double value) noexcept {
    count_ += 1;
    sum_ += value;
    squares_ += value * value;
  }
  void fade(double by) noexcept {
    count_ *= by;
    sum_ *= by;
    squares_ *= by;
  }
  double count() const noexcept { return count_; }
  double mean() const noexcept { return count_ > 0 ? sum_ / count_ : 0; }
  /// The squared coefficient of variation; 1 when there is too little to tell.
  double variation() const noexcept;

 private:
  double count_ = 0;
  double sum_ = 0;
  double squares_ = 0;
};

class Sizing {
 public:
  /// What was wanted within `memory` is kept. While nothing is known of the load, up to `cold` are
  /// made for those who wait.
  Sizing(Duration memory, unsigned cold) noexcept : memory_(memory), cold_(cold) {}

  void arrived(Time now) noexcept;
  void held(Duration time) noexcept { holds_.add(std::chrono::duration<double>(time).count()); }
  void created(Duration time) noexcept;

  /// Takes stock, at any time; the more often, the faster it follows. Returns the size to have,
  /// given that there are to be `wanted` now: grows at once, shrinks slowly.
  unsigned adjust(Time now, unsigned wanted, unsigned most);
  /// The size to have at least, for those who wait: none is to wait longer than a creation takes.
  /// `oldest` is the wait so far of the first.
  unsigned for_waiters(std::size_t waiters, unsigned servers, Duration oldest) const noexcept;
  /// So many are wanted for those who wait now. That is forgotten sooner than what the load needs.
  void surge(Time now, unsigned size) noexcept;

  double creation_s() const noexcept { return creation_s_; }

 private:
  void take_stock(Time now) noexcept;
  void remember(Time now, unsigned size);

  Duration memory_;
  unsigned cold_;
  Moments holds_;
  Moments gaps_;
  std::uint64_t arrivals_ = 0;
  double rate_ = 0;
  bool any_ = false;
  Time last_arrival_{};
  Time last_stock_{};
  Time last_shrink_{};
  // 0 while it is unknown.
  double creation_s_ = 0;
  // The greatest sizes since `memory`, falling.
  std::deque<std::pair<Time, unsigned>> wanted_;
  unsigned surge_ = 0;
  Time surge_at_{};
};

}  // namespace weir::resource
