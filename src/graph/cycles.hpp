// The strongly connected components of a graph: which processes lie on a common cycle.
#pragma once

#include <cstddef>
#include <vector>

#include "graph/model.hpp"

namespace weir::graph {

/// The number of each process's strongly connected component. Two processes have the same number if
/// each can be reached from the other. Numbers run from 0 against the flow: a component that sends
/// to another has the greater number. By Tarjan's algorithm, in time linear in the graph's size.
std::vector<std::size_t> strong_components(const Graph& graph);

}  // namespace weir::graph
