#include "cli/top_figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

namespace weir::cli {

namespace {

using Json = nlohmann::json;

/// The member, or null.
const Json& member(const Json& object, std::string_view name) {
  static const Json null;
  if (!object.is_object()) return null;
  const auto found = object.find(name);
  return found == object.end() ? null : *found;
}

std::string text(const Json& object, std::string_view name) {
  const Json& value = member(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::optional<double> number(const Json& object, std::string_view name) {
  const Json& value = member(object, name);
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

std::uint64_t count(const Json& object, std::string_view name) {
  const Json& value = member(object, name);
  return value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
}

std::optional<StateShares> shares(const Json& process) {
  const Json& state = member(process, "state");
  if (!state.is_object()) return {};
  StateShares shares{};
  for (std::size_t i = 0; i < shares.size(); ++i) {
    shares[i] = number(state, runtime::unit_state_words[i]).value_or(0);
  }
  return shares;
}

/// What a process takes in, or sends if it is a source.
std::uint64_t handled(const Json& process) {
  const std::uint64_t in = count(process, "in");
  return in == 0 ? count(process, "out") : in;
}

std::string verdict(const Json& report) {
  if (!report.is_object()) return {};
  const Json& limit = member(report, "limit");
  if (!limit.is_object()) return "limit unknown: " + text(report, "reason");
  const std::string process = text(limit, "process");
  return fmt::format("limited by {}{}{}: {}", process, process.empty() ? "" : ", ",
                     text(limit, "kind"), text(limit, "explanation"));
}

/// Fills in how much waits before each process.
void add_queues(const Json& graph, std::vector<TopProcess>& processes) {
  for (const Json& connection : member(graph, "connections")) {
    const std::string to = text(connection, "to");
    const auto process =
        std::ranges::find(processes, to.substr(0, to.find('.')), &TopProcess::name);
    if (process == processes.end()) continue;
    process->queued = process->queued.value_or(0) + count(connection, "packets");
    process->capacity += count(connection, "capacity");
  }
}

/// Fills in what the report has about each process.
void add_report(const Json& report, std::vector<TopProcess>& processes) {
  for (const Json& figures : member(report, "processes")) {
    const auto process = std::ranges::find(processes, text(figures, "name"), &TopProcess::name);
    if (process == processes.end()) continue;
    process->throughput_pps = number(figures, "throughput_pps");
    process->state = shares(figures);
    process->service_us = number(figures, "service_us");
    const std::uint64_t most = count(figures, "concurrency_max");
    if (most != 0) process->concurrency_max = static_cast<unsigned>(most);
  }
  const std::string root = text(member(report, "limit"), "process");
  for (TopProcess& process : processes) process.root = !root.empty() && process.name == root;
}

/// Seconds of the day of an RFC 3339 time.
double seconds_of_day(const std::string& time) {
  unsigned hours = 0;
  unsigned minutes = 0;
  double seconds = 0;
  if (std::sscanf(time.c_str(), "%*10cT%2u:%2u:%lf", &hours, &minutes, &seconds) != 3) return 0;
  return hours * 3600.0 + minutes * 60.0 + seconds;
}

}  // namespace

TopFigures TopReader::read(std::string_view message) {
  const Json json = Json::parse(message, nullptr, false);
  const Json& graph = member(json, "graph");
  const Json& report = member(json, "report");
  if (!member(graph, "processes").is_array()) {
    throw std::runtime_error("the answer is not what a weir sends; is --url that of a weir?");
  }
  TopFigures figures;
  figures.time = text(json, "time");
  figures.graph = text(graph, "name");
  figures.phase = text(graph, "phase");
  figures.generation = count(graph, "generation");
  figures.throughput_pps = number(report, "throughput_pps");
  figures.verdict = verdict(report);

  constexpr double day_s = 24 * 3600;
  const double now_s = seconds_of_day(figures.time);
  double passed_s = now_s - seen_at_s_;
  if (passed_s < 0) passed_s += day_s;
  std::vector<Seen> seen;
  for (const Json& process : member(graph, "processes")) {
    TopProcess& row = figures.processes.emplace_back();
    row.name = text(process, "name");
    row.concurrency = static_cast<unsigned>(count(process, "concurrency"));
    row.errors = count(process, "errors");
    seen.push_back({row.name, handled(process)});
    const auto before = std::ranges::find(seen_, row.name, &Seen::name);
    if (before != seen_.end() && passed_s > 0 && seen.back().packets >= before->packets) {
      row.throughput_pps = static_cast<double>(seen.back().packets - before->packets) / passed_s;
    }
  }
  seen_ = std::move(seen);
  seen_at_s_ = now_s;
  add_queues(graph, figures.processes);
  add_report(report, figures.processes);
  return figures;
}

}  // namespace weir::cli
