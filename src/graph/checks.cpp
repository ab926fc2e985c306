// Checks of a graph as a whole, but for cycles.
#include <fmt/format.h>

#include <filesystem>
#include <unordered_map>

#include "graph/draft.hpp"
#include "graph/endpoint.hpp"
#include "weir/advice.hpp"
#include "weir/config.hpp"

namespace weir::graph {
namespace {

bool has_initial(const ProcessModel& process, unsigned port) {
  for (const Initial& initial : process.initial) {
    if (initial.port == port) return true;
  }
  return false;
}

void check_connected(Draft& draft, std::size_t index, Direction direction) {
  const ProcessModel& process = draft.graph.processes[index];
  const auto& used = draft.processes[index].used(direction);
  const std::vector<PortSpec>& table = ports(*process.component, direction);
  const bool out = direction == Direction::out;
  for (unsigned i = 0; i < table.size(); ++i) {
    if (!table[i].required || used.contains(i) || (!out && has_initial(process, i))) continue;
    draft.problems.error(
        process.at,
        fmt::format("{0}.{1} is not connected, and {2} needs it: add a connection \"{3}\"",
                    process.name, table[i].name, process.component->name,
                    out ? fmt::format("{}.{} -> ...", process.name, table[i].name)
                        : fmt::format("... -> {}.{}", process.name, table[i].name)));
  }
}

void check_elements(Draft& draft, std::size_t index, Direction direction) {
  const ProcessModel& process = draft.graph.processes[index];
  const std::vector<PortSpec>& table = ports(*process.component, direction);
  for (const auto& [port, elements] : draft.processes[index].used(direction)) {
    if (port >= table.size() || !table[port].array) continue;
    unsigned expected = 0;
    for (const auto& [element, at] : elements) {
      if (element != expected) {
        draft.problems.error(at, fmt::format("{0}.{1}[{2}] is connected, but {0}.{1}[{3}] is not: "
                                             "number the elements from 0 without a gap",
                                             process.name, table[port].name, element, expected));
        break;
      }
      ++expected;
    }
  }
}

/// Some packets of a type may be no good for a component that makes something else of them: a
/// parser.
bool may_refuse(const ComponentSpec& component) {
  bool takes_bytes = false;
  for (const PortSpec& port : component.inputs) takes_bytes |= port.type == PayloadType::bytes;
  if (!takes_bytes) return false;
  for (const PortSpec& port : component.outputs) {
    if (port.type == PayloadType::document || port.type == PayloadType::number) return true;
  }
  return false;
}

}  // namespace

void check_ports(Draft& draft) {
  for (std::size_t i = 0; i < draft.graph.processes.size(); ++i) {
    if (draft.graph.processes[i].component == nullptr) continue;
    for (const Direction direction : {Direction::in, Direction::out}) {
      check_elements(draft, i, direction);
      if (!draft.connections_doubtful && !draft.processes[i].doubtful) {
        check_connected(draft, i, direction);
      }
    }
  }
}

void check_exclusive(Draft& draft) {
  struct Owner {
    std::size_t process = 0;
    Location at;
  };
  std::unordered_map<std::string, Owner> owners;
  for (std::size_t i = 0; i < draft.graph.processes.size(); ++i) {
    const ProcessModel& process = draft.graph.processes[i];
    if (process.component == nullptr || !draft.processes[i].config_holds) continue;
    const Config config(*process.component, process.config);
    for (const OptionSpec& option : process.component->options) {
      if (!option.exclusive || !config.has(option.name)) continue;
      const std::string value =
          std::filesystem::path(config.text(option.name)).lexically_normal().string();
      const Location at = config.at(option.name);
      const auto [owner, added] = owners.emplace(value, Owner{i, at});
      if (added || owner->second.process == i) continue;
      draft.problems.error(
          at,
          fmt::format("{} and {} (line {}) would both have the {} {}: only one process may; give "
                      "each its own, or connect both to one process",
                      process.name, draft.graph.processes[owner->second.process].name,
                      owner->second.at.line, option.name, quote(value)));
    }
  }
}

void warn_of_errors(Draft& draft) {
  for (std::size_t i = 0; i < draft.graph.processes.size(); ++i) {
    const ProcessModel& process = draft.graph.processes[i];
    if (process.component == nullptr || draft.connections_doubtful || draft.processes[i].doubtful) {
      continue;
    }
    const auto error = static_cast<unsigned>(process.component->outputs.size());
    const bool connected = draft.processes[i].out_used.contains(error);
    if (connected) {
      if (process.on_error != OnError::route) {
        draft.problems.warn(
            process.at,
            fmt::format("{0}.error is connected, but with \"on_error: {1}\" nothing "
                        "is sent there",
                        process.name, process.on_error == OnError::drop ? "drop" : "stop"));
      }
    } else if (draft.processes[i].routes_errors) {
      draft.problems.warn(
          process.at, fmt::format("\"on_error: route\" has nowhere to send to: connect {}.error",
                                  process.name));
    } else if (!draft.processes[i].on_error_given && may_refuse(*process.component)) {
      draft.problems.warn(
          process.at, fmt::format("packets that {0} ({1}) cannot handle will be dropped: connect "
                                  "{0}.error, or set on_error to drop or stop",
                                  process.name, process.component->name));
    }
  }
}

}  // namespace weir::graph
