// Which Host and Origin a server answers to: what keeps web pages elsewhere from reaching it
// through a visitor's browser (DNS rebinding, cross-site requests). Immutable after construction,
// safe from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/address.hpp"

namespace weir::net {

class Hosts {
 public:
  /// `listen_host` as the user wrote it, empty for every address; `bound_address` that the server
  /// is bound to; `listed` further names, with a port if only that port shall do. Throws BadAddress
  /// with what is wrong with the first malformed one.
  Hosts(std::string listen_host, std::string bound_address, const std::vector<std::string>& listed);

  /// Only this machine reaches the server.
  bool loopback() const noexcept { return loopback_; }
  /// It listens on every address of the machine.
  bool wildcard() const noexcept { return wildcard_; }
  bool listed(const Authority& host) const;
  /// The server's own name or address, or a listed one; on every address any address, which cannot
  /// come from DNS rebinding.
  bool own(const Authority& host) const;
  /// The Origin of a listed host, or of where the request goes to, which is null if it does not
  /// say. The scheme is left aside: a proxy in front may add TLS, and then the ports are those of
  /// the schemes.
  bool own_origin(std::string_view origin, const Authority* host) const;

 private:
  std::string listen_host_;
  std::string bound_address_;
  std::vector<Authority> listed_;
  bool loopback_;
  bool wildcard_;
};

}  // namespace weir::net
