#include "graph/memory.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "weir/advice.hpp"
#include "weir/units.hpp"

namespace weir::graph {
namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

/// A slab of each size of block, and what workers have at hand.
constexpr std::uint64_t for_the_pool = 4 * mebibyte;
/// A source reads into large buffers: one that is being filled, and those whose packets are on
/// their way.
constexpr std::uint64_t for_a_source = 2 * mebibyte;
/// Buffers and documents that another process has begun.
constexpr std::uint64_t for_a_process = 8 * 1024;
/// The segment that a queue is made of, and the cell of each packet that must wait in it.
constexpr std::uint64_t for_a_connection = 2 * 1024;
constexpr std::uint64_t for_a_packet = 64;

bool is_source(const Graph& graph, std::size_t process) {
  return std::none_of(
      graph.connections.begin(), graph.connections.end(),
      [process](const ConnectionModel& connection) { return connection.to.process == process; });
}

std::size_t sources(const Graph& graph) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < graph.processes.size(); ++i) {
    // Those that can have inputs are looked up, the others are sources anyway.
    const ComponentSpec* component = graph.processes[i].component;
    if (component != nullptr && component->inputs.empty()) {
      ++count;
    } else if (component != nullptr && !component->inputs.front().required) {
      count += is_source(graph, i) ? 1 : 0;
    }
  }
  return count;
}

}  // namespace

void read_memory(const Setting& value, Draft& draft) {
  const bool number = value.kind == Setting::Kind::integer && value.integer > 0;
  const bool text = value.kind == Setting::Kind::text;
  const auto bytes = number || text ? parse_size(value.text) : std::nullopt;
  if (!bytes || *bytes == 0) {
    draft.problems.error(value.at, fmt::format("memory must be a size above 0, such as 512MiB, not "
                                               "{}; leave it out for three quarters of what weir "
                                               "may use",
                                               describe(value)));
    return;
  }
  draft.graph.memory = *bytes;
  draft.memory_at = value.at;
}

std::uint64_t least_memory(const Graph& graph) {
  const std::size_t from = sources(graph);
  std::uint64_t bytes =
      for_the_pool + from * for_a_source + (graph.processes.size() - from) * for_a_process;
  for (const ConnectionModel& connection : graph.connections) {
    const ComponentSpec* consumer = graph.processes[connection.to.process].component;
    const std::uint64_t packets = consumer != nullptr ? consumer->least_input : 1;
    bytes += for_a_connection + packets * for_a_packet;
  }
  return (bytes + mebibyte - 1) / mebibyte * mebibyte;
}

void check_memory(Draft& draft) {
  const auto& memory = draft.graph.memory;
  if (!memory) return;
  const std::uint64_t least = least_memory(draft.graph);
  if (*memory < least) {
    draft.problems.error(
        draft.memory_at,
        fmt::format("memory {} is too little for this graph: its {} processes, {} of them sources, "
                    "and {} connections need {} at the least; write memory: {} or more",
                    format_size(*memory), draft.graph.processes.size(), sources(draft.graph),
                    draft.graph.connections.size(), format_size(least), format_size(least)));
  } else if (draft.limits.memory && *memory > *draft.limits.memory) {
    draft.problems.warn(
        draft.memory_at,
        fmt::format("memory {} is more than weir may use here ({}): three quarters of that hold "
                    "instead; lower it, or raise the limit of the control group",
                    format_size(*memory), format_size(*draft.limits.memory)));
  }
}

}  // namespace weir::graph
