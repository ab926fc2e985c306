// Graphs made from a seed: chains, fans, joins, merges, cycles with exits, copies, filters,
// multipliers, failures, waits, early ends, parallel processes, and all policies of overflow.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "simulation/parts.hpp"

namespace weir::simulation {

graph::Graph random_graph(std::uint64_t seed);

/// Another graph that differs from `graph` in one thing: a process or a connection more or less,
/// another component, configuration, capacity, policy or concurrency. Always a graph that can run.
graph::Graph changed_graph(const graph::Graph& graph, std::uint64_t seed);

/// The (source, sink) pairs between which the graph keeps the order of packets: one way leads from
/// the one to the other, and no process on it may change the order. By the number of the source's
/// base (base / 2^32) and the sink's name.
std::vector<std::pair<std::int64_t, std::string>> ordered_pairs(const graph::Graph& graph);

}  // namespace weir::simulation
