// What the tuner and the report are made of: running totals of a network, without names or texts,
// so that reading those of ten thousand processes ten times a second costs next to nothing. The
// order is that of the graph; totals start anew when its generation changes.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/gaps.hpp"
#include "runtime/snapshot.hpp"

namespace weir::runtime {

struct ProcessFigures {
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  std::uint64_t errors = 0;
  /// By UnitState, of all units that it may have, together.
  UnitTimes time_ns{};
  GapTimes gaps{};
  unsigned concurrency = 1;
  bool ended = false;
};

struct ConnectionFigures {
  std::uint64_t put = 0;
  std::uint64_t taken = 0;
  /// How often it was full and made its producer rest.
  std::uint64_t holds = 0;
  std::uint64_t length = 0;
  std::uint64_t bytes = 0;
  std::uint32_t capacity = 0;
};

struct NetworkFigures {
  Time at{};
  std::uint64_t generation = 0;
  bool running = false;
  std::vector<ProcessFigures> processes;
  std::vector<ConnectionFigures> connections;
};

}  // namespace weir::runtime
