// The tuner in virtual time: what it does when something changes, and that it is quiet when not.
#include <gtest/gtest.h>

#include "tuning/simulated.hpp"

namespace weir::tuning {
namespace {

// An endless source, a process in the middle and a sink.
std::string chain(const std::string& middle, const std::string& source = "") {
  return "name: g\nprocesses:\n  source: {component: core/generate" + source +
         "}\n  work: " + middle +
         "\n  sink: {component: core/discard}\nconnections:\n  - source -> work -> sink\n";
}

TEST(StepResponse, AWaitingProcessReachesItsMostWithinASecond) {
  Simulated network(chain("{component: core/work, config: {wait: 10ms}, concurrency: {max: 64}}"));
  network.run(1.5);
  EXPECT_GE(network.rate("sink", 1), 0.9 * 6400);
  EXPECT_EQ(network.concurrency("work"), 64U);
}

TEST(StepResponse, TheTotalIsSharedByWhatIsWaitedFor) {
  Simulated network(
      "name: g\nprocesses:\n  source: {component: core/generate}\n"
      "  a: {component: core/work, config: {wait: 10ms}}\n"
      "  b: {component: core/work, config: {wait: 30ms}}\n"
      "  sink: {component: core/discard}\n"
      "connections:\n  - source -> a -> b -> sink\nruntime: {max_concurrency: 100}\n");
  network.run(5);
  // 96 units of 40 ms a packet at best: the source, the sink and two rests are not shared out.
  EXPECT_GE(network.rate("sink", 2), 0.9 * 2400);
}

// Both get more units; the queue between them is soon full, so that those of a bring nothing. That
// says nothing of what they bring when b has enough.
TEST(StepResponse, WhoWasHeldBackGetsItsUnitsLater) {
  Simulated network(
      "name: g\nprocesses:\n  source: {component: core/generate}\n"
      "  a: {component: core/work, config: {wait: 300us}}\n"
      "  b: {component: core/work, config: {wait: 1200us}, concurrency: {max: 48}}\n"
      "  sink: {component: core/discard}\n"
      "connections:\n  - source -> a\n  - {from: a, to: b, capacity: 750}\n  - b -> sink\n");
  network.run(5);
  EXPECT_GE(network.rate("sink", 2), 0.9 * 40'000);
}

TEST(StepResponse, APacedSourceGetsTheUnitsThatItNeedsAndNotMore) {
  Simulated network(
      chain("{component: core/work, config: {wait: 20ms}}", ", config: {rate: 1000/s}"));
  network.run(5);
  EXPECT_NEAR(network.rate("sink", 2), 1000, 20);
  // 20 are in work on average.
  EXPECT_GE(network.concurrency("work"), 20U);
  EXPECT_LE(network.concurrency("work"), 40U);
}

TEST(StepResponse, ASlowerServiceGetsMoreUnits) {
  Simulated network(
      chain("{component: test/crowded, config: {wait: 10ms}}", ", config: {rate: 1000/s}"));
  network.run(5);
  EXPECT_NEAR(network.rate("sink", 1), 1000, 20);
  crowd_factor = 5;
  network.run(2);
  EXPECT_NEAR(network.rate("sink", 1), 1000, 100);
  EXPECT_GE(network.concurrency("work"), 50U);
  crowd_factor = 1;
  network.run(40);
  EXPECT_NEAR(network.rate("sink", 1), 1000, 20);
  EXPECT_LE(network.concurrency("work"), 30U);
}

TEST(StepResponse, RecoversFromAnOutageWithinASecond) {
  Simulated network(
      chain("{component: test/crowded, config: {wait: 10ms}, concurrency: {max: 64}}"));
  network.run(3);
  const double before = network.rate("sink", 1);
  crowd_factor = 1000;
  network.run(30);
  crowd_factor = 1;
  network.run(12);
  EXPECT_GE(network.rate("sink", 1), 0.9 * before);
}

TEST(StepResponse, StopsAtTheKneeOfACrowdedServer) {
  // Twenty at once are served in 10 ms each; beyond that they wait for one another.
  Simulated network(chain("{component: test/crowded, config: {wait: 10ms, knee: 20}}"));
  network.run(6);
  EXPECT_GE(network.rate("sink", 2), 0.9 * 2000);
  EXPECT_LE(network.concurrency("work"), 64U);
}

TEST(StepResponse, TakesBackWhatMakesALiarSlower) {
  Simulated network(chain("{component: test/crowded, config: {wait: 10ms, knee: 1, power: 1.5}}"));
  network.run(5);
  EXPECT_GE(network.rate("sink", 5), 0.9 * 100);
  EXPECT_EQ(network.concurrency("work"), 1U);
}

TEST(StepResponse, IsQuietUnderConstantLoad) {
  for (const char* source : {"", ", config: {rate: 2000/s}"}) {
    Simulated network(
        chain("{component: core/work, config: {wait: 5ms, jitter: true}, "
              "concurrency: {max: 32}}",
              source));
    network.run(20);
    const std::uint64_t decisions = network.log.decisions();
    network.run(60);
    EXPECT_EQ(network.log.decisions(), decisions)
        << "with source" << source << ": " << network.log.read().back().what << ": "
        << network.log.read().back().why;
  }
}

TEST(StepResponse, ProbesThatBringNothingBecomeRarer) {
  Simulated network(chain("{component: test/crowded, config: {wait: 10ms, knee: 1, power: 1.5}}"));
  network.run(300);
  const std::uint64_t early = network.log.probes();
  network.run(300);
  EXPECT_LT(network.log.probes() - early, early);
  EXPECT_LE(early, 4U);
}

TEST(StepResponse, NoProcessStarves) {
  // The slower way takes nearly all units; the faster one must keep what it needs.
  Simulated network(
      "name: g\nprocesses:\n  source: {component: core/generate, config: {rate: 500/s}}\n"
      "  copy: {component: core/clone}\n"
      "  slow: {component: core/work, config: {wait: 100ms}}\n"
      "  fast: {component: core/work, config: {wait: 1ms}}\n"
      "  a: {component: core/discard}\n  b: {component: core/discard}\n"
      "connections:\n  - source -> copy\n  - copy.out[0] -> slow\n  - copy.out[1] -> fast\n"
      "  - slow -> a\n  - fast -> b\n");
  network.run(6);
  EXPECT_NEAR(network.rate("a", 2), 500, 25);
  EXPECT_NEAR(network.rate("b", 2), 500, 25);
}

TEST(StepResponse, ErrorsTakeNoUnitsAway) {
  // A server that fails half of the packets still needs its units for all of them.
  Simulated network(chain("{component: core/work, config: {wait: 20ms, fail: 0.5}, on_error: drop}",
                          ", config: {rate: 1000/s}"));
  network.run(6);
  EXPECT_NEAR(network.rate("work", 2), 1000, 20);
  EXPECT_GT(network.errors("work"), 2000U);
}

}  // namespace
}  // namespace weir::tuning
