// What must hold of a network at rest, whatever its graph.
#pragma once

#include <string>

#include "runtime/snapshot.hpp"

namespace weir::simulation {

/// Empty if the counts of every process and connection add up, else the first that does not.
/// `pool_before` is the number of packets that were alive before the network.
std::string broken_identity(const runtime::NetworkSnapshot& snapshot, std::uint64_t pool_before);

/// A line for each process and connection, for whoever replays a failing seed.
std::string describe(const runtime::NetworkSnapshot& snapshot);

}  // namespace weir::simulation
