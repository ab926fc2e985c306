#include "net/hosts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "weir/advice.hpp"

namespace weir::net {

Hosts::Hosts(std::string listen_host, std::string bound_address,
             const std::vector<std::string>& listed)
    : listen_host_(std::move(listen_host)),
      bound_address_(std::move(bound_address)),
      loopback_(is_loopback(bound_address_)),
      wildcard_(is_wildcard(bound_address_)) {
  for (const std::string& text : listed) {
    std::optional<Authority> host = parse_authority(text);
    if (!host) throw BadAddress(fmt::format("{} is not a host name or address", quote(text)));
    listed_.push_back(std::move(*host));
  }
}

bool Hosts::listed(const Authority& host) const {
  return std::ranges::any_of(listed_, [&](const Authority& allowed) {
    return allowed.host == host.host && (!allowed.port || allowed.port == host.port);
  });
}

bool Hosts::own(const Authority& host) const {
  if (listed(host)) return true;
  if (loopback_ && is_loopback(host.host)) return true;
  if (wildcard_) return is_address(host.host) || is_loopback(host.host);
  return host.host == listen_host_ || host.host == bound_address_;
}

bool Hosts::own_origin(std::string_view origin, const Authority* host) const {
  const std::optional<Authority> from = parse_origin(origin);
  if (!from) return false;
  if (listed(*from)) return true;
  return host != nullptr && from->host == host->host &&
         from->port == host->port.value_or(from->port == 443 ? 443 : 80);
}

}  // namespace weir::net
