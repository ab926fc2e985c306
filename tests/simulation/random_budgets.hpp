// Random graphs whose memory budget is too small for what their sources could send: readers that
// hold buffers of their own, joins and collectors that hold what others have sent, loads that
// pause.
#pragma once

#include <cstdint>

#include "graph/model.hpp"

namespace weir::simulation {

struct BudgetCase {
  graph::Graph graph;
  /// In bytes, from 1 to 256 MiB.
  std::uint64_t budget = 0;
  /// Packets that its sinks must have seen at the end.
  std::uint64_t expected = 0;
};

/// The same for the same seed.
BudgetCase random_budget(std::uint64_t seed);

}  // namespace weir::simulation
