#include "net/address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <utility>

namespace weir::net {

std::optional<Authority> parse_authority(std::string_view text) {
  try {
    Address address = parse_address(text);
    if (address.host.ends_with('.')) address.host.pop_back();
    if (address.host.empty()) return {};
    return Authority{std::move(address.host), address.port};
  } catch (const BadAddress&) {
    return {};
  }
}

std::optional<Authority> parse_origin(std::string_view text) {
  constexpr std::string_view plain = "http://";
  constexpr std::string_view secure = "https://";
  std::uint16_t port = 80;
  if (text.starts_with(secure)) {
    text.remove_prefix(secure.size());
    port = 443;
  } else if (text.starts_with(plain)) {
    text.remove_prefix(plain.size());
  } else {
    return {};
  }
  std::optional<Authority> result = parse_authority(text);
  if (result && !result->port) result->port = port;
  return result;
}

bool is_address(const std::string& host) {
  in6_addr address;
  return inet_pton(AF_INET, host.c_str(), &address) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool is_loopback(const std::string& host) {
  if (host == "localhost") return true;
  in_addr v4;
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6;
  if (inet_pton(AF_INET6, host.c_str(), &v6) != 1) return false;
  if (IN6_IS_ADDR_V4MAPPED(&v6)) return v6.s6_addr[12] == 127;
  return IN6_IS_ADDR_LOOPBACK(&v6);
}

bool is_wildcard(const std::string& host) {
  if (host.empty()) return true;
  in_addr v4;
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return v4.s_addr == 0;
  in6_addr v6;
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_UNSPECIFIED(&v6);
}

std::string join(const std::string& host, std::uint16_t port) {
  const bool v6 = host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", host, v6 ? "]" : "", port);
}

}  // namespace weir::net
