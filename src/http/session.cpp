#include "http/session.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <charconv>
#include <stdexcept>

namespace weir::http {

namespace {

using Key = std::array<unsigned char, 32>;

/// One for the program: every server of it takes the sessions of the others.
const Key& key() {
  static const Key made = [] {
    Key fresh;
    if (RAND_bytes(fresh.data(), static_cast<int>(fresh.size())) != 1) {
      throw std::runtime_error("the system has no random numbers for the key of sessions");
    }
    return fresh;
  }();
  return made;
}

/// "ENDS-NUMBER", which is signed.
std::string sign(std::string_view signed_part, std::string_view token) {
  const std::string text = fmt::format("weir session {} {}", signed_part, token);
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac;
  unsigned size = 0;
  HMAC(EVP_sha256(), key().data(), static_cast<int>(key().size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &size);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", mac[i]);
  return hex;
}

/// In seconds since 1970; 0 if it is malformed.
std::int64_t end_of(std::string_view session) {
  const std::string_view ends = session.substr(0, session.find('-'));
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(ends.data(), ends.data() + ends.size(), seconds);
  return error == std::errc() && end == ends.data() + ends.size() ? seconds : 0;
}

}  // namespace

std::string session_cookie_name(std::uint16_t port) {
  return fmt::format("weir-session-{}", port);
}

std::string make_session(std::string_view token, SessionTime now) {
  std::array<unsigned char, 8> number;
  if (RAND_bytes(number.data(), static_cast<int>(number.size())) != 1) {
    throw std::runtime_error("the system has no random numbers for a session");
  }
  const std::string signed_part = fmt::format(
      "{}-{:02x}", (now + session_age_max).time_since_epoch().count(), fmt::join(number, ""));
  return signed_part + '.' + sign(signed_part, token);
}

bool session_holds(std::string_view session, std::string_view token, SessionTime now) {
  const std::size_t dot = session.find('.');
  if (dot == std::string_view::npos) return false;
  const std::string_view signature = session.substr(dot + 1);
  const std::string wanted = sign(session.substr(0, dot), token);
  if (signature.size() != wanted.size() ||
      CRYPTO_memcmp(signature.data(), wanted.data(), wanted.size()) != 0) {
    return false;
  }
  return now.time_since_epoch().count() < end_of(session);
}

void EndedSessions::add(std::string_view session, SessionTime now) {
  const std::lock_guard lock(mutex_);
  std::erase_if(ended_,
                [&](const auto& entry) { return entry.second <= now.time_since_epoch().count(); });
  if (ended_.size() >= most_) {
    ended_.clear();
    all_until_ = (now + session_age_max).time_since_epoch().count();
  }
  ended_.emplace(session, end_of(session));
}

bool EndedSessions::has(std::string_view session) const {
  const std::lock_guard lock(mutex_);
  return end_of(session) <= all_until_ || ended_.contains(session);
}

std::string_view find_cookie(const Request& request, std::string_view name) {
  std::string_view found;
  for (const auto& [key, value] : request.headers) {
    if (!equal_ignoring_case(key, "cookie")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::string_view pair = cut(rest, ';');
      const std::size_t equals = pair.find('=');
      if (equals == std::string_view::npos || trim(pair.substr(0, equals)) != name) continue;
      const std::string_view given = trim(pair.substr(equals + 1));
      if (!found.empty() && found != given) return {};
      found = given;
    }
  }
  return found;
}

std::string set_cookie(std::string_view name, std::string_view value, bool secure) {
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}", name, value,
                     value.empty() ? 0 : session_age_max.count(), secure ? "; Secure" : "");
}

}  // namespace weir::http
