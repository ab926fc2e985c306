// Finds processes that wait for one another: a cycle of full connections, a join that waits for a
// port whose packets cannot come, a component that wants more than its connection may hold.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "graph/model.hpp"
#include "runtime/snapshot.hpp"

namespace weir::diagnosis {

struct Deadlock {
  /// By index in the graph: each waits for the next, and the last for the first.
  std::vector<std::size_t> cycle;
  std::string explanation;
};

/// Looks at a network in which nothing has moved for a while. By reduction of the wait-for graph
/// (Holt, "Some deadlock properties of computer systems", Computing Surveys 1972): who is at work,
/// or waits for something outside, can go on; so can who is held back by those alone who can, and
/// who lacks input from one who can. Who is left then waits for ever; it is a deadlock if packets
/// wait with it. Nothing if there is none.
std::optional<Deadlock> find_deadlock(const graph::Graph& graph,
                                      const runtime::NetworkSnapshot& network);

/// Of a network in which nothing moves though packets wait and nobody is in a deadlock: who the
/// others wait for, by index; nothing if it cannot be told.
std::optional<std::size_t> find_stall(const graph::Graph& graph,
                                      const runtime::NetworkSnapshot& network);

}  // namespace weir::diagnosis
