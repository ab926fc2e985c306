// How many packets may pass at a rate: a token bucket (Turner, "New directions in communications",
// IEEE Communications Magazine 1986; RFC 2697 counts with one). Tokens come from the clock, not
// from a timer: in any time t at most burst + rate * t packets pass, and however late the timers
// are, what a process had to wait for is not lost. Whole arithmetic, so that nothing drifts.
#pragma once

#include <cstdint>

#include "graph/model.hpp"
#include "weir/units.hpp"

namespace weir::runtime {

/// Used by one thread at a time.
class TokenBucket {
 public:
  /// Full at first. `rate` is within the bounds of graph/keys.hpp.
  TokenBucket(const graph::Rate& rate, Time now) noexcept;

  /// Another rate and burst from now on; tokens beyond the new burst are lost.
  void set_rate(const graph::Rate& rate, Time now) noexcept;

  /// So many of `most` packets may pass now. Looks at the clock's `now` only if more are wanted
  /// than the tokens that were there last time.
  std::uint64_t admits(std::uint64_t most, Time now) noexcept;
  /// The tokens there are now.
  std::uint64_t tokens(Time now) noexcept;
  /// Packets have passed. More than were admitted leave a debt, which later tokens pay first.
  void take(std::uint64_t packets) noexcept;
  /// Somebody has packets and no token: says how long until there are some again, enough to be
  /// worth waking up for (what comes in 1 ms, at least one). Until the next take(), what comes
  /// while the wake-up is late, up to 10 ms, is kept beyond the burst.
  Duration until_next(Time now) noexcept;

 private:
  // A signed number of 128 bits, in credits: a nanosecond brings credit_per_ns_, a packet costs
  // credit_per_token_. Both are whole multiples of the same fraction, so that rates such as 1/3 are
  // exact as far as a double is.
  __extension__ typedef __int128 Credit;

  void accrue(Time now) noexcept;
  std::uint64_t whole() const noexcept;

  Credit credit_ = 0;
  Credit most_ = 0;
  Credit credit_per_ns_ = 0;
  Credit credit_per_token_ = 0;
  std::uint64_t burst_ = 1;
  std::uint64_t worth_waking_ = 1;
  Time updated_{};
  bool waits_ = false;
};

}  // namespace weir::runtime
