// Addresses as users and browsers write them: what to listen on, and the Host and Origin of a
// request. Pure functions; nothing is looked up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "weir/address.hpp"

namespace weir::net {

using weir::BadAddress;
using weir::ListenAddress;
using weir::parse_listen;

/// What a Host header names.
struct Authority {
  /// Without brackets and final dot, lower case.
  std::string host;
  std::optional<std::uint16_t> port;
};

/// Nothing if it is malformed.
std::optional<Authority> parse_authority(std::string_view text);

/// The authority of an Origin header ("http://example.org:7070"), with the scheme's port filled in.
/// Nothing for "null" and whatever is no web origin.
std::optional<Authority> parse_origin(std::string_view text);

/// An IPv4 or IPv6 address, without brackets.
bool is_address(const std::string& host);
/// 127.0.0.0/8, ::1 (also as ::ffff:127.0.0.1) and localhost.
bool is_loopback(const std::string& host);
/// 0.0.0.0, :: or nothing: every address of the machine.
bool is_wildcard(const std::string& host);

/// "host:port", with brackets where they are needed.
std::string join(const std::string& host, std::uint16_t port);

}  // namespace weir::net
