// A steady load on connections that are empty most of the time: there is nothing to decide.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "tuning/simulated.hpp"

namespace weir::tuning {
namespace {

struct Load {
  const char* what;
  const char* source;
  const char* first;
  const char* second;
  /// Seconds until it is known: bursts that are rare take a while. And decisions that may be in the
  /// ten minutes after that.
  double known_s;
  std::uint64_t most;
};

class SteadyLoad : public testing::TestWithParam<Load> {};

std::string all_of(const DecisionLog& log) {
  std::string text;
  for (const Decision& each : log.read()) {
    text += fmt::format("{}{} {} to {}: {}\n", each.process, each.connection, each.from, each.to,
                        each.why);
  }
  return text;
}

TEST_P(SteadyLoad, DecidesNothingInTenMinutes) {
  const Load& load = GetParam();
  Simulated network(
      std::string("name: g\nprocesses:\n  source: {component: core/generate, config: {rate: ") +
      load.source + "}}\n  a: {component: core/work, concurrency: 1, config: {" + load.first +
      "}}\n  b: {component: core/work, concurrency: 1, config: {" + load.second +
      "}}\n  sink: {component: core/discard}\nconnections: [source -> a -> b -> sink]\n");
  network.run(load.known_s);
  const std::uint64_t early = network.log.decisions();
  network.run(600);
  EXPECT_LE(network.log.decisions(), early + load.most) << all_of(network.log);
}

// Whoever stops for a moment and then catches up makes the flow swing, and holds the source back
// for want of room; units of others do not help against that.
TEST(SteadyUnits, AreNotAddedForWhatStopsForAMoment) {
  Simulated network(
      "name: g\nprocesses:\n  source: {component: core/generate, config: {rate: 900/s}}\n"
      "  a: {component: core/work, concurrency: {min: 2}, config: {wait: 1ms}}\n"
      "  b: {component: core/work, concurrency: 1, config: {wait: 150ms, every: 1000}}\n"
      "  sink: {component: core/discard}\n"
      "connections:\n  - {from: source.out, to: a.in, capacity: 4}\n"
      "  - {from: a.out, to: b.in, capacity: 4}\n  - b -> sink\n");
  network.run(30);
  const std::uint64_t early = network.log.decisions();
  network.run(600);
  EXPECT_EQ(network.log.decisions(), early) << all_of(network.log);
  EXPECT_EQ(network.concurrency("a"), 2);
}

INSTANTIATE_TEST_SUITE_P(
    Loads, SteadyLoad,
    testing::Values(
        Load{"even", "1000/s", "spin: 10us", "spin: 10us", 30, 0},
        // What takes next to nothing for a packet, and now more, now less.
        Load{"short", "1000/s", "spin: 300ns, jitter: true", "spin: 8us, jitter: true", 30, 0},
        Load{"waits", "400/s", "wait: 1ms", "wait: 1ms", 30, 0},
        Load{"jitter", "500/s", "wait: 1ms, jitter: true", "wait: 1ms, jitter: true", 30, 0},
        Load{"near its limit", "900/s", "wait: 1ms, jitter: true", "wait: 500us", 30, 0},
        Load{"bursts", "900/s", "wait: 100ms, every: 200", "wait: 50ms, every: 150", 30, 0},
        Load{"long bursts", "300/s", "wait: 1s, every: 1000, jitter: true",
             "spin: 20us, jitter: true", 120, 0}),
    [](const auto& load) {
      std::string name = load.param.what;
      for (char& each : name) each = each == ' ' ? '_' : each;
      return name;
    });

}  // namespace
}  // namespace weir::tuning
