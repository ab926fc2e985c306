#include "cli/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "cli/version.hpp"
#include "diagnosis/columns.hpp"
#include "weir/config.hpp"

namespace weir::cli {

namespace {

using runtime::NetworkSnapshot;
using runtime::ProcessSnapshot;

/// Lines such as "writes  out.jsonl (write)": what only one process may have, which names the files
/// that sinks write and the addresses that sources listen on.
void append_places(std::string& out, const graph::Graph& graph) {
  for (const graph::ProcessModel& process : graph.processes) {
    const ComponentSpec& spec = *process.component;
    const Config config(spec, process.config);
    for (const OptionSpec& option : spec.options) {
      if (!option.exclusive || option.type != OptionType::text || !config.has(option.name))
        continue;
      fmt::format_to(std::back_inserter(out), "  {:<12}{} ({})\n",
                     spec.outputs.empty() ? "writes" : "takes in", config.text(option.name),
                     process.name);
    }
  }
}

using Row = std::vector<std::string>;

Row row_of(const ProcessSnapshot& process) {
  std::uint64_t errors = 0;
  for (const runtime::ErrorCount& error : process.errors) errors += error.count;
  const auto ended = [&](Ended reason) {
    return fmt::to_string(process.ended[static_cast<std::size_t>(reason)]);
  };
  return {process.name,
          fmt::to_string(process.in),
          fmt::to_string(process.out),
          fmt::to_string(process.created),
          ended(Ended::consumed),
          ended(Ended::filtered),
          ended(Ended::error),
          ended(Ended::drained),
          fmt::to_string(errors)};
}

/// Packets that left the sources: processes into which no connection leads.
std::uint64_t sent_by_sources(const NetworkSnapshot& network) {
  std::uint64_t sent = 0;
  for (const ProcessSnapshot& process : network.processes) {
    const bool source = std::ranges::none_of(process.ports, [](const runtime::PortSnapshot& port) {
      return !port.output && port.connected;
    });
    if (source) sent += process.out;
  }
  return sent;
}

}  // namespace

std::string local_url(const std::string& address, std::uint16_t port) {
  return "http://" + net::join(net::is_wildcard(address) ? "localhost" : address, port);
}

std::string banner(const graph::Graph& graph, const std::string& url, unsigned workers) {
  std::string out = fmt::format("weir {} runs {} ({}) on {} worker{}\n", version, graph.name,
                                graph.file == "-" ? "standard input" : graph.file, workers,
                                workers == 1 ? "" : "s");
  fmt::format_to(std::back_inserter(out), "  {:<12}{}/\n  {:<12}{}/metrics\n", "admin page", url,
                 "metrics", url);
  append_places(out, graph);
  return out;
}

Left left_over(const NetworkSnapshot& network) {
  Left left;
  std::vector<std::string> places;
  for (const ProcessSnapshot& process : network.processes) {
    if (process.held == 0) continue;
    left.packets += process.held;
    places.push_back(fmt::format("{} holds {}", process.name, process.held));
  }
  for (const runtime::ConnectionSnapshot& connection : network.connections) {
    if (connection.packets == 0) continue;
    left.packets += connection.packets;
    places.push_back(fmt::format("{} has {} queued", connection.name, connection.packets));
  }
  left.where = fmt::format("{}", fmt::join(places, ", "));
  return left;
}

std::string summary(const NetworkSnapshot& network, Duration took) {
  std::vector<Row> rows{
      {"process", "in", "out", "created", "consumed", "filtered", "error", "drained", "errors"}};
  for (const ProcessSnapshot& process : network.processes) rows.push_back(row_of(process));
  std::string out = diagnosis::in_columns(rows);
  const std::uint64_t sent = sent_by_sources(network);
  fmt::format_to(std::back_inserter(out),
                 "handled {} packet{} from the sources in {:.2f} s, {} left\n", sent,
                 sent == 1 ? "" : "s", std::chrono::duration<double>(took).count(),
                 left_over(network).packets);
  return out;
}

}  // namespace weir::cli
