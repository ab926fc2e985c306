#include "weir/address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "weir/advice.hpp"

namespace weir {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  if (text.empty()) return {};
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw BadAddress("its port is not a number from 0 to 65535");
  }
  return port;
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

/// The address between brackets, in one form for each, so that hosts compare as texts.
std::string parse_v6(std::string_view text) {
  const std::string host(text);
  in6_addr address;
  if (inet_pton(AF_INET6, host.c_str(), &address) != 1) {
    throw BadAddress("it is malformed: its brackets hold no IPv6 address");
  }
  char canonical[INET6_ADDRSTRLEN];
  return inet_ntop(AF_INET6, &address, canonical, sizeof canonical);
}

std::string parse_name(std::string_view text) {
  std::string host(text);
  for (char& c : host) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (!std::ranges::all_of(host, is_name_character)) {
    throw BadAddress("its host name is malformed");
  }
  return host;
}

}  // namespace

Address parse_address(std::string_view text) {
  Address result;
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) throw BadAddress("it is malformed: the ] is missing");
    result.host = parse_v6(text.substr(1, end - 1));
    rest = text.substr(end + 1);
  } else {
    const std::size_t end = std::min(text.find(':'), text.size());
    result.host = parse_name(text.substr(0, end));
    rest = text.substr(end);
  }
  if (rest.empty()) return result;
  if (rest.front() != ':') throw BadAddress("it is malformed");
  result.port = parse_port(rest.substr(1));
  return result;
}

ListenAddress parse_listen(std::string_view text) {
  try {
    Address address = parse_address(text);
    if (!address.port) {
      throw BadAddress(text.ends_with(':') ? "its port is not a number from 0 to 65535"
                                           : "it has no port");
    }
    return {std::move(address.host), *address.port};
  } catch (const BadAddress& fault) {
    throw BadAddress(fmt::format(
        "{} is not an address to listen on: {}; write host:port, [::1]:port, or :port for every "
        "address of this machine (port 0 takes any free one)",
        quote(text), fault.what()));
  }
}

}  // namespace weir
