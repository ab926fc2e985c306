// When http/request tries again, and after what time.
#pragma once

#include <bitset>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "weir/units.hpp"

namespace weir::components {

/// A set of HTTP status codes.
class StatusSet {
 public:
  /// Adds "404", "2xx" or "200-299"; false if it is none of these.
  bool add(std::string_view text);
  bool has(long status) const noexcept {
    return status >= 0 && status < static_cast<long>(codes_.size()) &&
           codes_[static_cast<std::size_t>(status)];
  }

 private:
  std::bitset<600> codes_;
};

/// How one attempt ended.
struct Attempt {
  /// The status of the answer; 0 if there was none.
  long status = 0;
  /// Without an answer: none of the request was sent, so that the server cannot have acted on it.
  bool unsent = false;
  /// Without an answer: another attempt might end otherwise.
  bool may_pass = false;
  /// What the server asked for in Retry-After.
  std::optional<Duration> retry_after = {};
};

/// Not changed after it is made: any thread may read it.
struct RetryPolicy {
  unsigned retries = 3;
  Duration first = std::chrono::milliseconds(200);
  Duration most = std::chrono::seconds(30);
  Duration retry_after_most = std::chrono::minutes(2);
  /// Statuses that are tried again.
  StatusSet statuses;
  /// Sending a request twice does no harm.
  bool repeatable = true;

  /// Another attempt can do no harm and might help; `done` attempts have failed.
  bool allows(const Attempt& attempt, unsigned done) const;
  /// How long to wait before it: exponential with full jitter, or what the server asked for.
  Duration delay(const Attempt& attempt, unsigned done, std::minstd_rand& random) const;
};

}  // namespace weir::components
