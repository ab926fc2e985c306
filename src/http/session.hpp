// Browser sessions: what a page gets in exchange for the admin token, so that it need not keep the
// token. A session is a cookie that carries when it ends, a number of its own, and a signature
// under a key which is made anew at every start of the program; only those that were ended are
// stored. Safe from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace weir::http {

using SessionTime = std::chrono::sys_seconds;

/// How long a session lasts.
inline constexpr std::chrono::seconds session_age_max = std::chrono::hours(12);

/// The cookie's name. Browsers do not tell the ports of a host apart, so the name does.
std::string session_cookie_name(std::uint16_t port);

/// The value of a cookie that stands for `token` for session_age_max from `now`.
std::string make_session(std::string_view token, SessionTime now);

/// True if this program made `session` for this token, and it has not ended. Takes the same time
/// wherever a wrong signature differs.
bool session_holds(std::string_view session, std::string_view token, SessionTime now);

/// Sessions that were ended before their time. Bounded: if there are more than it keeps, all
/// sessions that were made until then end. Safe from any thread.
class EndedSessions {
 public:
  explicit EndedSessions(std::size_t most = 10'000) : most_(most) {}
  /// `session` is one that holds.
  void add(std::string_view session, SessionTime now);
  bool has(std::string_view session) const;

 private:
  const std::size_t most_;
  mutable std::mutex mutex_;
  /// With the time at which they would have ended anyway.
  std::map<std::string, std::int64_t, std::less<>> ended_;
  /// Sessions that end by then have all been ended.
  std::int64_t all_until_ = 0;
};

/// The value of a cookie of a request; empty if it has none, or several that differ.
std::string_view find_cookie(const Request& request, std::string_view name);

/// A Set-Cookie header that no script can read and no other site can send along. `secure`: the page
/// came over TLS. An empty value ends the cookie.
std::string set_cookie(std::string_view name, std::string_view value, bool secure);

}  // namespace weir::http
