// Addresses as users write them: "host:port". Pure functions; nothing is looked up.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace weir {

/// Says what is wrong with an address and which forms there are.
class BadAddress : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Address {
  /// Without brackets, lower case; an IPv6 address in its one short form.
  std::string host;
  std::optional<std::uint16_t> port;
};

/// Reads "host", "host:port", "[::1]" and "[::1]:port"; host and port may be empty. Throws
/// BadAddress with a reason that begins with "its" or "it".
Address parse_address(std::string_view text);

/// "127.0.0.1:7070", "[::1]:7070", "name:7070"; ":7070" for every address of the machine. Port 0
/// asks the system for a free one.
struct ListenAddress {
  /// Without brackets, lower case; empty for every address.
  std::string host;
  std::uint16_t port = 0;
};

/// What graph files and options call an address to listen on. Throws BadAddress.
ListenAddress parse_listen(std::string_view text);

}  // namespace weir
