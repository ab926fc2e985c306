#include "resource/sizing.hpp"

#include <algorithm>
#include <cmath>

namespace weir::resource {
namespace {

// One request in a hundred may wait longer than a creation takes.
constexpr double miss_share = 0.01;
// How fast the estimates of arrivals and holding times follow.
constexpr double rate_memory_s = 2;
constexpr double holds_memory_s = 5;
// While no creation has been timed.
constexpr double creation_guess_s = 0.1;
constexpr double creation_least_s = 1e-4;
// Beyond these a measured variation says more of the sample than of the load.
constexpr double variability_least = 0.25;
constexpr double variability_most = 4;
// A resource is kept for so many times what it cost to make.
constexpr double keep_per_creation = 100;
// Shrinking: by an eighth a second, once a twentieth is too many.
constexpr unsigned shrink_share = 8;
constexpr unsigned shrink_least_share = 20;
constexpr Duration shrink_pause = std::chrono::seconds(1);
// By then the estimates have caught up with a step of the load.
constexpr Duration surge_memory = std::chrono::seconds(5);

double seconds(Duration time) noexcept {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

unsigned servers_for(double load, double hold_s, double allowed_s, double variability, double miss,
                     unsigned most) {
  if (!(load > 0) || !(hold_s > 0)) return 0;
  // Erlang's B formula, one server after the other.
  double blocked = 1;
  for (unsigned n = 1; n < most; ++n) {
    blocked = load * blocked / (n + load * blocked);
    if (n <= load) continue;
    const double waits = blocked / (1 - load / n * (1 - blocked));
    const double late = waits * std::exp(-(n - load) * allowed_s / (hold_s * variability));
    if (late <= miss) return n;
  }
  return most;
}

double Moments::variation() const noexcept {
  if (count_ < 2 || !(sum_ > 0)) return 1;
  const double average = sum_ / count_;
  return std::max(0.0, squares_ / count_ / (average * average) - 1);
}

void Sizing::arrived(Time now) noexcept {
  // In units of the present mean gap, so that a step of the rate is not taken for burstiness.
  if (any_ && rate_ > 0) gaps_.add(seconds(now - last_arrival_) * rate_);
  if (!any_) last_stock_ = now;
  any_ = true;
  last_arrival_ = now;
  ++arrivals_;
}

void Sizing::created(Duration time) noexcept {
  constexpr double weight = 0.2;
  const double took = std::max(seconds(time), creation_least_s);
  creation_s_ = creation_s_ == 0 ? took : creation_s_ + weight * (took - creation_s_);
}

void Sizing::take_stock(Time now) noexcept {
  const double passed = seconds(now - last_stock_);
  if (!(passed > 0)) return;
  last_stock_ = now;
  const double share = 1 - std::exp(-passed / rate_memory_s);
  rate_ += share * (static_cast<double>(arrivals_) / passed - rate_);
  // Nothing fades while nothing happens: what was known of a load holds when it comes back.
  if (arrivals_ != 0) {
    holds_.fade(std::exp(-passed / holds_memory_s));
    gaps_.fade(1 - share);
  }
  arrivals_ = 0;
}

void Sizing::remember(Time now, unsigned size) {
  while (!wanted_.empty() && wanted_.back().second <= size) wanted_.pop_back();
  wanted_.emplace_back(now, size);
}

void Sizing::surge(Time now, unsigned size) noexcept {
  surge_ = std::max(surge_, size);
  surge_at_ = now;
}

unsigned Sizing::adjust(Time now, unsigned wanted, unsigned most) {
  take_stock(now);
  const double creation = creation_s_ == 0 ? creation_guess_s : creation_s_;
  const double variability =
      std::clamp((holds_.variation() + gaps_.variation()) / 2, variability_least, variability_most);
  const unsigned now_wanted =
      servers_for(rate_ * holds_.mean(), holds_.mean(), creation, variability, miss_share, most);
  remember(now, now_wanted);
  const double memory_s = std::max(seconds(memory_), keep_per_creation * creation);
  while (seconds(now - wanted_.front().first) > memory_s) wanted_.pop_front();
  if (now - surge_at_ > std::min(memory_, surge_memory)) surge_ = 0;
  const unsigned recently = std::max(surge_, wanted_.front().second);
  if (now_wanted >= wanted) return now_wanted;
  const unsigned band = std::max(1U, wanted / shrink_least_share);
  if (recently + band > wanted || now - last_shrink_ < shrink_pause) return wanted;
  last_shrink_ = now;
  return std::max(recently, wanted - std::max(1U, wanted / shrink_share));
}

unsigned Sizing::for_waiters(std::size_t waiters, unsigned servers,
                             Duration oldest) const noexcept {
  if (waiters == 0) return servers;
  if (servers == 0) return 1;
  if (holds_.count() == 0 && servers < cold_) {
    return static_cast<unsigned>(std::min<std::size_t>(waiters, cold_));
  }
  const double creation = creation_s_ == 0 ? creation_guess_s : creation_s_;
  // What is begun now is there after a creation. Until then those that there are serve as many as
  // each can; of the rest none is to wait longer than a creation more.
  const double needed = static_cast<double>(waiters) * holds_.mean() / creation - servers;
  if (needed > servers) return static_cast<unsigned>(std::min(std::ceil(needed), 1e6));
  // Holding times may have become longer than those that have ended.
  return seconds(oldest) > 2 * creation ? servers + 1 : servers;
}

}  // namespace weir::resource
