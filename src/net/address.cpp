#include "net/address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "weir/advice.hpp"

namespace weir::net {

namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return port;
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

/// Splits "host", "host:port" and "[v6]:port"; the port stays text, null data if there is none.
bool split(std::string_view text, std::string& host, std::string_view& port) {
  port = {};
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    host = text.substr(1, end - 1);
    in6_addr address;
    if (inet_pton(AF_INET6, host.c_str(), &address) != 1) return false;
    // One form for each address, so that hosts compare as texts.
    char canonical[INET6_ADDRSTRLEN];
    host = inet_ntop(AF_INET6, &address, canonical, sizeof canonical);
    rest = text.substr(end + 1);
  } else {
    const std::size_t end = std::min(text.find(':'), text.size());
    host = text.substr(0, end);
    rest = text.substr(end);
  }
  if (rest.empty()) return true;
  if (rest.front() != ':') return false;
  port = rest.substr(1);
  return true;
}

void make_lower(std::string& text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
}

}  // namespace

ListenAddress parse_listen(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return BadAddress(fmt::format(
        "{} is not an address to listen on: {}; write host:port, [::1]:port, or :port for every "
        "address of this machine (port 0 takes any free one)",
        quote(text), why));
  };
  ListenAddress result;
  std::string_view port;
  if (!split(text, result.host, port)) throw refuse("it is malformed");
  make_lower(result.host);
  if (!text.starts_with('[') && !std::ranges::all_of(result.host, is_name_character)) {
    throw refuse("its host name is malformed");
  }
  if (port.data() == nullptr) throw refuse("it has no port");
  const std::optional<std::uint16_t> number = parse_port(port);
  if (!number) throw refuse("its port is not a number from 0 to 65535");
  result.port = *number;
  return result;
}

std::optional<Authority> parse_authority(std::string_view text) {
  Authority result;
  std::string_view port;
  if (!split(text, result.host, port)) return {};
  make_lower(result.host);
  if (!text.starts_with('[')) {
    if (!std::ranges::all_of(result.host, is_name_character)) return {};
    if (result.host.ends_with('.')) result.host.pop_back();
  }
  if (result.host.empty()) return {};
  if (!port.empty()) {
    result.port = parse_port(port);
    if (!result.port) return {};
  }
  return result;
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
