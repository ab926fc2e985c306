// The settings of one connection: its capacity and what lies beyond it.
#pragma once

#include "graph/load.hpp"
#include "graph/model.hpp"
#include "weir/setting.hpp"

namespace weir::graph {

struct ConnectionSettings {
  Capacity capacity;
  Overflow overflow;
  /// Where they stand, for what is wrong only with the ports that they apply to.
  Location capacity_at;
  Location then_at;
};

/// Reads the keys `capacity` and `overflow` of a connection's map, and holds them against the
/// memory that there is. What is wrong is noted, and left as if it were not given.
ConnectionSettings read_connection_settings(const Setting& connection, const LoadLimits& limits,
                                            Problems& problems);

/// How a graph file spells a policy: "drop_oldest".
std::string_view word(Then then) noexcept;

}  // namespace weir::graph
