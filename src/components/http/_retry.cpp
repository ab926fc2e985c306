#include "http/_retry.hpp"

#include <algorithm>
#include <charconv>

namespace weir::components {
namespace {

constexpr long too_many_requests = 429;
constexpr long service_unavailable = 503;

std::optional<unsigned> parse_code(std::string_view text) {
  unsigned code = 0;
  const char* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, code);
  if (text.size() != 3 || error != std::errc() || parsed != end) return std::nullopt;
  if (code < 100 || code > 599) return std::nullopt;
  return code;
}

// The server says that it has not acted on the request.
bool refused(const Attempt& attempt) {
  return attempt.status == too_many_requests ||
         (attempt.status == service_unavailable && attempt.retry_after);
}

}  // namespace

bool StatusSet::add(std::string_view text) {
  std::optional<unsigned> first;
  std::optional<unsigned> last;
  if (text.size() == 3 && text.ends_with("xx")) {
    first = parse_code(std::string(text.substr(0, 1)) + "00");
    if (first) last = *first + 99;
  } else if (text.size() == 7 && text[3] == '-') {
    first = parse_code(text.substr(0, 3));
    last = parse_code(text.substr(4));
  } else {
    first = last = parse_code(text);
  }
  if (!first || !last || *first > *last) return false;
  for (unsigned code = *first; code <= *last; ++code) codes_.set(code);
  return true;
}

bool RetryPolicy::allows(const Attempt& attempt, unsigned done) const {
  if (done > retries) return false;
  if (attempt.status == 0) return attempt.may_pass && (repeatable || attempt.unsent);
  if (!statuses.has(attempt.status)) return false;
  // Nobody is helped by a packet that waits for an hour.
  if (attempt.retry_after && *attempt.retry_after > retry_after_most) return false;
  return repeatable || refused(attempt);
}

Duration RetryPolicy::delay(const Attempt& attempt, unsigned done, std::minstd_rand& random) const {
  // Full jitter: whoever failed together does not come back together.
  const auto up_to = [&random](Duration limit) {
    return Duration(std::uniform_int_distribution<Duration::rep>(0, limit.count())(random));
  };
  if (attempt.retry_after) return *attempt.retry_after + up_to(std::min(first, most));
  Duration limit = std::min(first, most);
  for (unsigned i = 1; i < done && limit < most; ++i) limit = std::min(2 * limit, most);
  return up_to(limit);
}

}  // namespace weir::components
