// The memory budget of a graph file: `runtime: {memory: 512MiB}`.
#pragma once

#include "graph/draft.hpp"
#include "weir/setting.hpp"

namespace weir::graph {

/// Reads the value into the draft.
void read_memory(const Setting& value, Draft& draft);

/// The least budget with which a graph can go on: what its processes and connections have in hand
/// with one packet on its way. In bytes, whole MiB.
std::uint64_t least_memory(const Graph& graph);

/// With all processes and connections read: the budget is enough for them, and this machine has as
/// much.
void check_memory(Draft& draft);

}  // namespace weir::graph
