// What `weir run` tells its user in words and tables. Pure functions of their arguments.
#pragma once

#include <optional>
#include <string>

#include "graph/model.hpp"
#include "net/address.hpp"
#include "runtime/snapshot.hpp"
#include "weir/units.hpp"

namespace weir::cli {

/// Where the admin page, the metrics and the graph's outputs are. `url` has no slash at its end.
std::string banner(const graph::Graph& graph, const std::string& url, unsigned workers);

/// The URL under which a server on this address is reached from this machine.
std::string local_url(const std::string& address, std::uint16_t port);

/// What was left over, in all and where; nothing if all was handled.
struct Left {
  std::uint64_t packets = 0;
  /// "parse holds 3, read.out -> parse.in has 512 queued"
  std::string where;
};
Left left_over(const runtime::NetworkSnapshot& network);

/// The closing table, and how many packets were handled in `took`.
std::string summary(const runtime::NetworkSnapshot& network, Duration took);

}  // namespace weir::cli
