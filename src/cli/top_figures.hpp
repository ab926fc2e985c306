// What `weir top` shows, taken from the messages of /api/v1/events.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/snapshot.hpp"

namespace weir::cli {

/// Shares of the time of a process, in the order of runtime::UnitState.
using StateShares = std::array<double, runtime::unit_states>;

struct TopProcess {
  std::string name;
  std::optional<double> throughput_pps;
  std::optional<StateShares> state;
  std::optional<double> service_us;
  unsigned concurrency = 1;
  std::optional<unsigned> concurrency_max;
  /// Of all connections into it; nothing for a process without one.
  std::optional<std::uint64_t> queued;
  std::uint64_t capacity = 0;
  std::uint64_t errors = 0;
  /// It limits the graph.
  bool root = false;
};

struct TopFigures {
  /// RFC 3339.
  std::string time;
  std::string graph;
  std::string phase;
  std::uint64_t generation = 0;
  std::optional<double> throughput_pps;
  /// "limited by parse (cpu): parse is busy ..."; empty without a report.
  std::string verdict;
  std::vector<TopProcess> processes;
};

/// Reads messages, one after another: without a report, throughputs come from the difference of two
/// messages.
class TopReader {
 public:
  /// Throws std::runtime_error if the text is not such a message.
  TopFigures read(std::string_view message);

 private:
  struct Seen {
    std::string name;
    std::uint64_t packets;
  };
  std::vector<Seen> seen_;
  double seen_at_s_ = 0;
};

}  // namespace weir::cli
