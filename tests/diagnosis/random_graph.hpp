// Random graphs whose limits are known, the first and the second near one another.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "diagnosis/report.hpp"

namespace weir::diagnosis {

/// A process that costs something.
struct Cost {
  std::string name;
  /// Packets through it for each that leaves the source.
  double visits = 1;
  double spin_s = 0;
  double wait_s = 0;
  unsigned units = 1;
  /// Packets a second that it is held to; 0 for any number.
  double rate_pps = 0;
};

/// One of what limits: "units of p3", "rate of p3", "source", "cores".
struct KnownBound {
  std::string what;
  /// Packets a second that can leave the source.
  double pps = 0;
};

class RandomGraph {
 public:
  /// First and second limit lie 1.05 to 1.6 apart; spins and waits are mixed, units are 1 to 3.
  explicit RandomGraph(std::uint64_t seed);

  std::string text() const;
  unsigned processors() const { return processors_; }
  /// Processes without connections, costs and what else there is, the least first.
  std::vector<KnownBound> bounds() const;
  const std::vector<Cost>& costs() const { return costs_; }

  /// The same with a change as a report proposes it; nothing if it cannot be made.
  std::optional<RandomGraph> with(const Change& change) const;

 private:
  friend class Shape;

  unsigned processors_ = 1;
  double pace_pps_ = 0;
  std::vector<Cost> costs_;
  // Processes that cost nothing, and the connections, as they stand in the graph file.
  std::vector<std::string> others_;
  std::vector<std::pair<std::string, std::string>> connections_;
};

/// What a report names, in the words of KnownBound.
std::string known_as(const std::optional<Limit>& limit);

}  // namespace weir::diagnosis
