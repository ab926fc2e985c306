#include "runtime/throttle.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace weir::runtime {
namespace {

// A wake-up that is later than this is not made up for in full.
constexpr Duration late_most = std::chrono::milliseconds(10);
// A wake-up should bring as many packets as come in so much time.
constexpr double worth_waking_s = 1e-3;
// Credits of a nanosecond: fractions of the rate below this are rounded. With the greatest burst
// and the least rate a bucket then holds less than 2^124.
constexpr int fraction_bits_most = 62;

}  // namespace

TokenBucket::TokenBucket(const graph::Rate& rate, Time now) noexcept : updated_(now) {
  set_rate(rate, now);
  credit_ = most_;
}

void TokenBucket::set_rate(const graph::Rate& rate, Time now) noexcept {
  // What there is, in tokens of the old rate.
  const bool had_rate = credit_per_token_ != 0;
  if (had_rate) accrue(now);
  const std::uint64_t had = had_rate ? whole() : 0;
  int exponent = 0;
  // The rate is mantissa * 2^exponent with a whole mantissa.
  std::frexp(rate.per_second, &exponent);
  const int fraction_bits =
      std::clamp(std::numeric_limits<double>::digits - exponent, 0, fraction_bits_most);
  credit_per_ns_ = static_cast<Credit>(std::llround(std::ldexp(rate.per_second, fraction_bits)));
  credit_per_token_ = Credit{1'000'000'000} << fraction_bits;
  burst_ = rate.burst;
  most_ = credit_per_token_ * burst_;
  worth_waking_ = std::clamp<std::uint64_t>(
      static_cast<std::uint64_t>(rate.per_second * worth_waking_s), 1, burst_);
  credit_ = std::min(most_, credit_per_token_ * had);
}

std::uint64_t TokenBucket::whole() const noexcept {
  return credit_ <= 0 ? 0 : static_cast<std::uint64_t>(credit_ / credit_per_token_);
}

void TokenBucket::accrue(Time now) noexcept {
  if (now <= updated_) return;
  const Credit most = waits_ ? most_ + credit_per_ns_ * late_most.count() : most_;
  const Credit missing = std::max<Credit>(0, most - credit_);
  const Credit elapsed = (now - updated_).count();
  // Compared before they are multiplied, for a pause may be long.
  const bool fills = elapsed > missing / credit_per_ns_;
  credit_ += fills ? missing : credit_per_ns_ * elapsed;
  updated_ = now;
}

std::uint64_t TokenBucket::admits(std::uint64_t most, Time now) noexcept {
  if (whole() < most) accrue(now);
  return std::min(most, whole());
}

std::uint64_t TokenBucket::tokens(Time now) noexcept {
  accrue(now);
  return whole();
}

void TokenBucket::take(std::uint64_t packets) noexcept {
  credit_ -= credit_per_token_ * packets;
  waits_ = false;
}

Duration TokenBucket::until_next(Time now) noexcept {
  accrue(now);
  waits_ = true;
  const Credit wanted = credit_per_token_ * std::min(burst_, whole() + worth_waking_);
  // Who wants more than a full bucket looks again at a pace that costs nothing.
  const Credit missing = wanted > credit_ ? wanted - credit_ : credit_per_token_ * worth_waking_;
  const Credit wait = (missing + credit_per_ns_ - 1) / credit_per_ns_;
  return Duration(static_cast<Duration::rep>(
      std::min<Credit>(wait, std::numeric_limits<Duration::rep>::max() / 4)));
}

}  // namespace weir::runtime
