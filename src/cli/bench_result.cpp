#include "cli/bench_result.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_map>

#include "weir/spec.hpp"

namespace weir::cli {

namespace {

using Json = nlohmann::ordered_json;
using runtime::PortSnapshot;

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

double microseconds(Duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

/// "12.3us", with three digits.
std::string rounded(Duration duration) {
  const double value = seconds(duration);
  if (value >= 1) return fmt::format("{:.3g} s", value);
  if (value >= 1e-3) return fmt::format("{:.3g} ms", value * 1e3);
  return fmt::format("{:.3g} us", value * 1e6);
}

std::string optional_latency(const std::optional<Duration>& latency) {
  return latency ? rounded(*latency) : "unknown";
}

}  // namespace

std::string to_text(const BenchResult& result) {
  std::string out;
  const auto line = [&out](std::string_view what, std::string_view text) {
    fmt::format_to(std::back_inserter(out), "{:<12} {}\n", what, text);
  };
  line("throughput", fmt::format("{:.0f} packets/s from the sources, over {:.3g} s",
                                 result.throughput_pps, seconds(result.measured)));
  for (const auto& [name, pps] : result.sinks) {
    line("", fmt::format("{:.0f} packets/s into {}", pps, name));
  }
  line("latency",
       fmt::format("p50 {}, p99 {}, p99.9 {} (of {} packets)", optional_latency(result.latency_p50),
                   optional_latency(result.latency_p99), optional_latency(result.latency_p999),
                   result.latency_samples));
  line("allocations", result.allocations_per_packet
                          ? fmt::format("{:.3g} per packet", *result.allocations_per_packet)
                          : "unknown: not counted in this build, or too short a run");
  line("processor", fmt::format("{:.3g} s", seconds(result.cpu)));
  line("memory", fmt::format("{} at most", format_size(result.max_rss_bytes)));
  line("load, start", fmt::format("{} to read and check the file, {} to start",
                                  rounded(result.load), rounded(result.start)));
  if (!result.report_text.empty()) out += '\n' + result.report_text;
  return out;
}

std::string to_json(const BenchResult& result) {
  const auto latency = [](const std::optional<Duration>& value) {
    return value ? Json(microseconds(*value)) : Json();
  };
  Json sinks = Json::object();
  for (const auto& [name, pps] : result.sinks) sinks[name] = pps;
  const Json json{{"throughput_pps", result.throughput_pps},
                  {"sinks", std::move(sinks)},
                  {"latency_us",
                   {{"p50", latency(result.latency_p50)},
                    {"p99", latency(result.latency_p99)},
                    {"p999", latency(result.latency_p999)}}},
                  {"allocations_per_packet",
                   result.allocations_per_packet ? Json(*result.allocations_per_packet) : Json()},
                  {"cpu_s", seconds(result.cpu)},
                  {"max_rss_bytes", result.max_rss_bytes},
                  {"load_s", seconds(result.load)},
                  {"start_s", seconds(result.start)},
                  {"report", Json::parse(result.report_json, nullptr, false).is_discarded()
                                 ? Json()
                                 : Json::parse(result.report_json)}};
  return json.dump() + '\n';
}

std::uint64_t packets_from_sources(const runtime::NetworkSnapshot& network) {
  std::unordered_map<std::string_view, std::uint64_t> connections;
  for (const auto& connection : network.connections) ++connections[connection.from];
  std::uint64_t total = 0;
  for (const auto& process : network.processes) {
    const bool source = std::ranges::none_of(
        process.ports, [](const PortSnapshot& port) { return !port.output && port.connected; });
    if (!source) continue;
    for (const PortSnapshot& port : process.ports) {
      if (!port.output || !port.connected) continue;
      const auto found = connections.find(fmt::format("{}.{}", process.name, port.name));
      total += port.packets / (found == connections.end() ? 1 : found->second);
    }
  }
  return total;
}

std::vector<std::pair<std::string, std::uint64_t>> packets_into_sinks(
    const runtime::NetworkSnapshot& network) {
  std::vector<std::pair<std::string, std::uint64_t>> sinks;
  for (const auto& process : network.processes) {
    const bool sends = std::ranges::any_of(process.ports, [](const PortSnapshot& port) {
      return port.output && port.connected && port.name != error_port;
    });
    if (!sends) sinks.emplace_back(process.name, process.in);
  }
  return sinks;
}

}  // namespace weir::cli
