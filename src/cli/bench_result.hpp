// What a load test found, and how it is told. docs/load-tests.md explains each figure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/snapshot.hpp"
#include "weir/units.hpp"

namespace weir::cli {

struct BenchResult {
  /// From the start of the network until its sources were told to stop, or all had ended.
  Duration measured{};
  /// Packets leaving the sources a second.
  double throughput_pps = 0;
  /// Packets that each sink took in a second, in the order of the graph.
  std::vector<std::pair<std::string, double>> sinks;
  /// Nothing where no packet was sampled.
  std::optional<Duration> latency_p50;
  std::optional<Duration> latency_p99;
  std::optional<Duration> latency_p999;
  std::uint64_t latency_samples = 0;
  /// Nothing if this build does not count them, or the graph ended while it warmed up.
  std::optional<double> allocations_per_packet;
  /// Processor time between start and end of the network, its drain included.
  Duration cpu{};
  std::uint64_t max_rss_bytes = 0;
  /// Reading and checking the graph file.
  Duration load{};
  /// Making the network and starting its processes.
  Duration start{};
  /// What limited it: in words, and as JSON.
  std::string report_text;
  std::string report_json;
};

/// A few lines for a person.
std::string to_text(const BenchResult& result);
/// One line of JSON.
std::string to_json(const BenchResult& result);

/// Packets that left the sources (processes without a connected in port) so far. One that goes to
/// several connections counts once.
std::uint64_t packets_from_sources(const runtime::NetworkSnapshot& network);
/// The processes of which no out port but `error` is connected, with the packets that each took in.
std::vector<std::pair<std::string, std::uint64_t>> packets_into_sinks(
    const runtime::NetworkSnapshot& network);

}  // namespace weir::cli
