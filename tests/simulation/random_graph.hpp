// Random acyclic graphs of the small components, the same for the same seed.
#pragma once

#include <cstdint>

#include "simulation/parts.hpp"

namespace weir::simulation {

/// 2 to 14 processes: chains, fans, joins, diamonds, shared outputs, merged inputs, filters,
/// multipliers, failures, waits, processes that end early; capacities from 1.
graph::Graph random_graph(std::uint64_t seed);

}  // namespace weir::simulation
