#include "cli/bench_result.hpp"

#include <nlohmann/json.hpp>

#include "../metrics/sample.hpp"

namespace weir::cli {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Json = nlohmann::json;

BenchResult full_result() {
  BenchResult result;
  result.measured = seconds(10);
  result.throughput_pps = 1500.25;
  result.sinks = {{"write", 1400}, {"reject", 100.25}};
  result.latency_p50 = microseconds(12);
  result.latency_p99 = milliseconds(3);
  result.latency_p999 = seconds(2);
  result.latency_samples = 15'000;
  result.allocations_per_packet = 0.25;
  result.cpu = milliseconds(1500);
  result.max_rss_bytes = 8U << 20;
  result.load = microseconds(700);
  result.start = microseconds(250);
  result.report_text = "work limits\n";
  result.report_json = R"({"limit": null})";
  return result;
}

TEST(BenchResult, IsOneLineOfJson) {
  const std::string text = to_json(full_result());
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  EXPECT_EQ(Json::parse(text), Json::parse(R"({
    "throughput_pps": 1500.25, "sinks": {"write": 1400.0, "reject": 100.25},
    "latency_us": {"p50": 12.0, "p99": 3000.0, "p999": 2000000.0},
    "allocations_per_packet": 0.25, "cpu_s": 1.5, "max_rss_bytes": 8388608,
    "load_s": 0.0007, "start_s": 0.00025, "report": {"limit": null}})"));
}

TEST(BenchResult, WhatIsUnknownIsNull) {
  const Json json = Json::parse(to_json({}));
  EXPECT_TRUE(json["allocations_per_packet"].is_null());
  EXPECT_TRUE(json["latency_us"]["p50"].is_null());
  EXPECT_TRUE(json["latency_us"]["p999"].is_null());
  EXPECT_EQ(json["sinks"], Json::object());
  EXPECT_THAT(to_text({}), testing::HasSubstr("allocations  unknown"));
}

TEST(BenchResult, IsToldInWords) {
  EXPECT_EQ(to_text(full_result()),
            "throughput   1500 packets/s from the sources, over 10 s\n"
            "             1400 packets/s into write\n"
            "             100 packets/s into reject\n"
            "latency      p50 12 us, p99 3 ms, p99.9 2 s (of 15000 packets)\n"
            "allocations  0.25 per packet\n"
            "processor    1.5 s\n"
            "memory       8MiB at most\n"
            "load, start  700 us to read and check the file, 250 us to start\n"
            "\nwork limits\n");
}

TEST(Flow, SourcesAndSinksAreFound) {
  const runtime::NetworkSnapshot network = metrics::sample_figures().network;
  EXPECT_EQ(packets_from_sources(network), 10U);
  EXPECT_EQ(packets_into_sinks(network),
            (std::vector<std::pair<std::string, std::uint64_t>>{{"write", 7}}));
  EXPECT_EQ(packets_from_sources({}), 0U);
}

TEST(Flow, APacketToSeveralConnectionsLeavesItsSourceOnce) {
  runtime::NetworkSnapshot network = metrics::sample_figures().network;
  runtime::ConnectionSnapshot second = network.connections.front();
  second.name = "read.out -> print.in";
  network.connections.push_back(second);
  network.processes.front().ports.front().packets = 20;
  EXPECT_EQ(packets_from_sources(network), 10U);
}

TEST(Flow, AConnectedErrorPortDoesNotMakeASinkLess) {
  runtime::NetworkSnapshot network = metrics::sample_figures().network;
  network.processes.back().ports.push_back({"error", true, true, 1});
  EXPECT_EQ(packets_into_sinks(network).size(), 1U);
  network.processes.back().ports.push_back({"out", true, true, 1});
  EXPECT_EQ(packets_into_sinks(network).size(), 0U);
}

}  // namespace
}  // namespace weir::cli
