#include "http/session.hpp"

#include <fmt/format.h>
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

std::string sign(std::string_view ends, std::string_view token) {
  const std::string text = fmt::format("weir session {} {}", ends, token);
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac;
  unsigned size = 0;
  HMAC(EVP_sha256(), key().data(), static_cast<int>(key().size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &size);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", mac[i]);
  return hex;
}

}  // namespace

std::string session_cookie_name(std::uint16_t port) {
  return fmt::format("weir-session-{}", port);
}

std::string make_session(std::string_view token, SessionTime now) {
  const std::string ends = std::to_string((now + session_age_max).time_since_epoch().count());
  return ends + '.' + sign(ends, token);
}

bool session_holds(std::string_view session, std::string_view token, SessionTime now) {
  const std::size_t dot = session.find('.');
  if (dot == std::string_view::npos) return false;
  const std::string_view ends = session.substr(0, dot);
  const std::string_view signature = session.substr(dot + 1);
  const std::string wanted = sign(ends, token);
  if (signature.size() != wanted.size() ||
      CRYPTO_memcmp(signature.data(), wanted.data(), wanted.size()) != 0) {
    return false;
  }
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(ends.data(), ends.data() + ends.size(), seconds);
  return error == std::errc() && end == ends.data() + ends.size() &&
         now.time_since_epoch().count() < seconds;
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
