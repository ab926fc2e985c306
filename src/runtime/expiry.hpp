// How long a packet may be waited for outside: `timeout:` of a process. One for each unit, used by
// its activations alone.
#pragma once

#include <optional>

#include "runtime/waits.hpp"
#include "weir/units.hpp"

namespace weir::runtime {

class Expiry {
 public:
  Expiry(std::optional<Duration> timeout, Waits& waits) noexcept
      : timeout_(timeout), waits_(waits) {}

  bool limited() const noexcept { return timeout_.has_value(); }
  Duration limit() const noexcept { return timeout_.value_or(Duration::zero()); }

  /// The packet that is waited for has had its time.
  bool due(Time now) const noexcept { return waits_for_one_ && now >= deadline_; }
  /// The unit goes on waiting, for `another` packet than before or still for the same one. The
  /// timer is not started anew for each packet: it fires for an earlier one, and then for the rest
  /// of the time.
  void waiting(Time now, bool another) {
    if (another || !waits_for_one_) deadline_ = now + limit();
    waits_for_one_ = true;
    if (timer_at_ > now && timer_at_ <= deadline_) return;
    timer_at_ = deadline_;
    waits_.expire_after(deadline_ - now);
  }
  /// It waits for nothing any more.
  void over() noexcept { waits_for_one_ = false; }

 private:
  const std::optional<Duration> timeout_;
  Waits& waits_;
  bool waits_for_one_ = false;
  Time deadline_{};
  Time timer_at_{};
};

}  // namespace weir::runtime
