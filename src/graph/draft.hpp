// A graph while it is being read: what is known so far, and where it is doubtful, so that one
// mistake is reported once and not again as its consequences. Lives as long as one load; one
// thread.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "graph/load.hpp"
#include "graph/model.hpp"
#include "graph/source.hpp"
#include "weir/registry.hpp"

namespace weir::graph {

enum class Direction : std::uint8_t { in, out };

/// What is known of a process beside its model.
struct ProcessDraft {
  /// Ports that a connection names, with the elements of array ports (element 0 for plain ports).
  std::map<unsigned, std::map<unsigned, Location>> in_used;
  std::map<unsigned, std::map<unsigned, Location>> out_used;
  bool on_error_given = false;
  /// `on_error: route` was written, not just left to be so.
  bool routes_errors = false;
  /// Its configuration has passed the checks of its component.
  bool config_holds = false;
  /// A misspelt connection may have meant it, so that nothing is said of ports that lack one.
  bool doubtful = false;

  std::map<unsigned, std::map<unsigned, Location>>& used(Direction direction) {
    return direction == Direction::in ? in_used : out_used;
  }
};

struct Draft {
  const SourceText& source;
  const Registry& registry;
  Problems& problems;
  const LoadLimits& limits;
  Graph graph = {};
  /// Where graph.memory stands.
  Location memory_at = {};
  /// Parallel to graph.processes.
  std::vector<ProcessDraft> processes = {};
  std::unordered_map<std::string_view, std::size_t> index = {};
  /// Names of all processes, for suggestions.
  std::vector<std::string_view> names = {};
  /// Connections are missing that cannot be guessed, so nothing is said of any unconnected port.
  bool connections_doubtful = false;
};

/// The ports of one direction, without the error port.
const std::vector<PortSpec>& ports(const ComponentSpec& component, Direction direction) noexcept;

/// Reads the map `resources` into the draft.
void read_resources(const Setting& resources, Draft& draft);
/// Reads the map `processes` into the draft.
void read_processes(const Setting& processes, Draft& draft);
/// Reads the list `connections`; the processes must have been read.
void read_connections(const Setting& connections, Draft& draft);

/// The checks that need the whole graph: ports without a connection, holes in array ports, two
/// owners of one thing, resources that there are not, cycles, and what is worth a warning.
void check_ports(Draft& draft);
void check_exclusive(Draft& draft);
void check_files(Draft& draft);
/// Needs the connections.
void check_passed_types(Draft& draft);
void check_resources(Draft& draft);
void check_cycles(Draft& draft);
void warn_of_errors(Draft& draft);

}  // namespace weir::graph
