#include "graph/picture.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "graph/endpoint.hpp"

namespace weir::graph {
namespace {

using Json = nlohmann::ordered_json;

struct Ports {
  std::string from;
  std::string to;
};

/// The port names of a connection, empty where they are the usual ones.
Ports unusual_ports(const Graph& graph, const ConnectionModel& connection) {
  Ports ports{output_port_name(graph, connection.from), input_port_name(graph, connection.to)};
  if (ports.from == "out") ports.from.clear();
  if (ports.to == "in") ports.to.clear();
  return ports;
}

std::string dot_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string dot(const Graph& graph) {
  std::string out =
      fmt::format("digraph {} {{\n  rankdir=LR;\n  node [shape=box];\n", dot_text(graph.name));
  for (const ProcessModel& process : graph.processes) {
    // "\n" is Graphviz's own line break, so it comes after the escaping.
    std::string label = dot_text(process.name);
    label.pop_back();
    label += "\\n" + dot_text(process.component->name).substr(1);
    out += fmt::format("  {} [label={}];\n", dot_text(process.name), label);
  }
  for (const ConnectionModel& connection : graph.connections) {
    const Ports ports = unusual_ports(graph, connection);
    std::vector<std::string> attributes;
    if (!ports.from.empty()) {
      attributes.push_back(fmt::format("taillabel={}", dot_text(ports.from)));
    }
    if (!ports.to.empty()) attributes.push_back(fmt::format("headlabel={}", dot_text(ports.to)));
    if (ports.from == error_port) attributes.emplace_back("style=dashed");
    out += fmt::format("  {} -> {}", dot_text(graph.processes[connection.from.process].name),
                       dot_text(graph.processes[connection.to.process].name));
    if (!attributes.empty()) out += fmt::format(" [{}]", fmt::join(attributes, ", "));
    out += ";\n";
  }
  return out + "}\n";
}

std::string mermaid_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '"': out += "#quot;"; break;
      case '#': out += "#35;"; break;
      case '<': out += "#lt;"; break;
      case '>': out += "#gt;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string mermaid(const Graph& graph) {
  std::string out = "flowchart LR\n";
  // Numbered identifiers, since a name such as "end" is a word of the language.
  for (std::size_t i = 0; i < graph.processes.size(); ++i) {
    out += fmt::format("  p{}[\"{}<br/>{}\"]\n", i, mermaid_text(graph.processes[i].name),
                       mermaid_text(graph.processes[i].component->name));
  }
  for (const ConnectionModel& connection : graph.connections) {
    const Ports ports = unusual_ports(graph, connection);
    const std::string_view line = ports.from == error_port ? "-.->" : "-->";
    std::string label;
    if (!ports.from.empty() || !ports.to.empty()) {
      label = fmt::format(
          "|\"{}\"|", mermaid_text(fmt::format("{} to {}", output_port_name(graph, connection.from),
                                               input_port_name(graph, connection.to))));
    }
    out += fmt::format("  p{} {}{} p{}\n", connection.from.process, line, label,
                       connection.to.process);
  }
  return out;
}

Json capacity_json(const Capacity& capacity) {
  if (capacity.fixed) return *capacity.fixed;
  if (!capacity.min && !capacity.max) return "auto";
  Json bounds = Json::object();
  if (capacity.min) bounds["min"] = *capacity.min;
  if (capacity.max) bounds["max"] = *capacity.max;
  return bounds;
}

std::string json(const Graph& graph) {
  Json processes = Json::array();
  for (const ProcessModel& process : graph.processes) {
    processes.push_back({{"name", process.name}, {"component", process.component->name}});
  }
  Json connections = Json::array();
  for (const ConnectionModel& connection : graph.connections) {
    connections.push_back({{"name", connection.name},
                           {"from", endpoint_name(graph, connection.from, Direction::out)},
                           {"to", endpoint_name(graph, connection.to, Direction::in)},
                           {"capacity", capacity_json(connection.capacity)}});
  }
  const Json all{{"name", graph.name},
                 {"processes", std::move(processes)},
                 {"connections", std::move(connections)}};
  return all.dump(2) + "\n";
}

}  // namespace

std::optional<PictureFormat> parse_picture_format(std::string_view word) noexcept {
  if (word == "dot") return PictureFormat::dot;
  if (word == "mermaid") return PictureFormat::mermaid;
  if (word == "json") return PictureFormat::json;
  return {};
}

std::string picture(const Graph& graph, PictureFormat format) {
  switch (format) {
    case PictureFormat::dot: return dot(graph);
    case PictureFormat::mermaid: return mermaid(graph);
    case PictureFormat::json: break;
  }
  return json(graph);
}

}  // namespace weir::graph
