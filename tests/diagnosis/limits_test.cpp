// Limits that lie outside the processes: a source's own pace, the machine, other programs on it,
// the memory budget; and chains whose first and second limit lie near one another.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include <fmt/format.h>

#include "diagnosis/watched.hpp"
#include "diagnosis/words.hpp"
#include "weir/packet.hpp"

namespace weir::diagnosis {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

std::string chain(const std::string& source, const std::string& processes, const std::string& names,
                  const std::string& more = "") {
  return fmt::format(
      "name: g\nprocesses: {{source: {{component: core/generate{}}}, {}, sink: {{component: "
      "core/discard}}}}\nconnections: [source -> {} -> sink]\n{}",
      source, processes, names, more);
}

std::string work(const std::string& name, double spin_s, double wait_s, unsigned units = 1) {
  return fmt::format(
      "{}: {{component: core/work, concurrency: {}, config: {{spin: {:.0f}ns, wait: {:.0f}ns}}}}",
      name, units, 1e9 * spin_s, 1e9 * wait_s);
}

ReporterOptions on(double cores, double workers) {
  ReporterOptions options;
  options.cores = cores;
  options.processors = std::min(cores, workers);
  return options;
}

std::string first_change(const Report& report) {
  return report.changes.empty() ? "none" : to_text(report.changes.front().change);
}

// b is slower by a factor; a waits outside while b holds it back.
TEST(Limits, WhoIsHeldBackKeepsItsServiceTime) {
  Watched network(chain("", work("a", 0, 2e-3) + ", " + work("b", 0, 2.6e-3), "a -> b"));
  network.run(9);
  const Report report = network.report();
  EXPECT_EQ(root_of(report), "waiting of b");
  EXPECT_NEAR(report.processes[1].service_s, 2e-3, 4e-5);
  const Report faster = network.with("b.service=-50%");
  EXPECT_NEAR(faster.throughput_pps, 500, 10);
  EXPECT_EQ(root_of(faster), "waiting of a");
}

// Of a chain of two, in all mixtures of spins, waits and units: what comes of more of b.
TEST(Limits, TheSecondLimitIsForeseenHoweverNear) {
  for (const double apart : {1.05, 1.1, 1.3, 1.6}) {
    for (const double spin_a : {0.0, 0.5, 1.0}) {
      for (const double spin_b : {0.0, 0.4, 1.0}) {
        for (const unsigned units : {1U, 2U, 3U}) {
          const double a = 2e-3 * units;
          const double b = 2e-3 * apart;
          SCOPED_TRACE(fmt::format("{} {} {} {}", apart, spin_a, spin_b, units));
          Watched network(chain("",
                                work("a", spin_a * a, (1 - spin_a) * a, units) + ", " +
                                    work("b", spin_b * b, (1 - spin_b) * b),
                                "a -> b"),
                          unsigned{8}, on(8, 8));
          network.run(8);
          const Report report = network.report();
          EXPECT_EQ(report.limit->process, "b");
          EXPECT_NEAR(report.throughput_pps * b, 1, 0.02);
          const Report then = network.with("b.service=-50%");
          EXPECT_EQ(then.limit->process, "a");
          EXPECT_NEAR(then.throughput_pps * 2e-3, 1, 0.02);
        }
      }
    }
  }
}

TEST(Limits, ASourcesOwnPaceIsABound) {
  Watched network(chain(", config: {rate: 1000/s}", work("slow", 0, 1 / 190.0), "slow"));
  network.run(12);
  const Report report = network.report();
  EXPECT_EQ(root_of(report), "waiting of slow");
  const Report endless = network.with("slow.service=-90%");
  EXPECT_NEAR(endless.throughput_pps, 1000, 10);
  EXPECT_EQ(root_of(endless), "source of source");
  Watched more(chain(", config: {rate: 1000/s}",
                     "slow: {component: core/work, config: {wait: 5263us}}", "slow"));
  more.run(12);
  ASSERT_FALSE(more.report().changes.empty());
  EXPECT_NEAR(more.report().changes.front().gain, 1000 / 190.0, 0.1);
  const std::optional<Limit> then = more.report().changes.front().then;
  ASSERT_TRUE(then);
  EXPECT_EQ(then->process, "source");
  EXPECT_EQ(then->kind, Kind::source);
}

// The rate of the process as well, whoever holds it back.
TEST(Limits, ARateOfASourceProcessIsABound) {
  Watched network("name: g\nprocesses: {source: {component: core/generate, rate: 1000/s}, " +
                  work("slow", 0, 1 / 190.0) +
                  ", sink: {component: core/discard}}\nconnections: [source -> slow -> sink]\n");
  network.run(12);
  EXPECT_NEAR(network.with("slow.service=-90%").throughput_pps, 1000, 10);
}

// Four workers on two processors are two processors, and two workers on two are all there are.
TEST(Limits, MoreWorkersThanProcessorsPromiseNothing) {
  for (const unsigned workers : {2U, 4U}) {
    SCOPED_TRACE(workers);
    ReporterOptions options = on(2, workers);
    Duration used{};
    Duration delayed{};
    // As the kernel counts while four threads share two processors.
    options.processor_time = [&] { return used += milliseconds(400); };
    options.processor_waits = [&] {
      delayed += milliseconds(workers == 4 ? 400 : 0);
      return ProcessorWaits{delayed, {}, {}};
    };
    Watched network(chain("", work("a", 60e-6, 0, 4) + ", " + work("b", 60e-6, 0, 4), "a -> b"),
                    workers, std::move(options));
    network.run(5);
    const Report report = network.report();
    EXPECT_EQ(root_of(report), "cores");
    EXPECT_THAT(report.limit->explanation, HasSubstr("2.00 of 2 processors"));
    EXPECT_EQ(first_change(report), "cores=3");
    EXPECT_THAT(in_words(report), HasSubstr("cores=3 (this machine has 2)"));
    for (const Proposal& proposal : report.changes) {
      EXPECT_NE(proposal.change.what, Change::What::workers);
    }
    EXPECT_NEAR(network.with("workers=3").throughput_pps, report.throughput_pps, 1);
    EXPECT_NEAR(report.processes[1].service_s, workers == 4 ? 30e-6 : 60e-6, 1e-6);
  }
}

TEST(Limits, AVerdictComesThoughUnitsAreTunedAllTheTime) {
  Watched network(chain("", "a: {component: core/work, config: {wait: 1ms}}", "a"));
  for (unsigned tick = 0; tick < 10; ++tick) {
    network.network().set_concurrency("a", 1 + tick % 2);
    network.run(0.2);
  }
  EXPECT_EQ(root_of(network.report()), "waiting of a");
}

// Half of the time somebody else has the processor on which `a` would work.
TEST(Limits, OtherProgramsAreNamed) {
  ReporterOptions options = on(2, 2);
  Duration used{};
  Duration delayed{};
  Duration all{};
  Duration pressure{};
  options.processor_time = [&] { return used += milliseconds(100); };
  options.processor_waits = [&] {
    return ProcessorWaits{delayed += milliseconds(100), all += milliseconds(400),
                          pressure += milliseconds(120)};
  };
  Watched network(chain("", work("a", 60e-6, 0), "a"), 2, std::move(options));
  network.run(5);
  const Report report = network.report();
  EXPECT_EQ(root_of(report), "cores");
  EXPECT_THAT(report.limit->explanation, HasSubstr("other programs have 1.50 of the 2 processors"));
  EXPECT_THAT(report.limit->explanation, HasSubstr("60% of the time"));
  EXPECT_NEAR(report.machine.taken, 1.5, 0.01);
  // As it would be undisturbed.
  EXPECT_NEAR(report.processes[1].service_s, 30e-6, 1e-6);
  EXPECT_NEAR(*report.machine.without_pps, 1 / 30e-6, 500);
  EXPECT_THAT(report.limit->explanation, HasSubstr("a (cpu) would limit"));
  EXPECT_NEAR(report.throughput_pps, 1 / 60e-6, 300);
}

// They take nothing from a graph that waits for a server.
TEST(Limits, OtherProgramsThatDoNotMatterAreNotNamed) {
  ReporterOptions options = on(2, 2);
  Duration used{};
  Duration delayed{};
  options.processor_time = [&] { return used += milliseconds(10); };
  options.processor_waits = [&] { return ProcessorWaits{delayed += milliseconds(10), {}, {}}; };
  Watched network(chain("", work("a", 0, 1e-3), "a"), 2, std::move(options));
  network.run(5);
  EXPECT_EQ(root_of(network.report()), "waiting of a");
  EXPECT_FALSE(network.report().machine.without_pps);
}

// What is in use outside the graph leaves the source next to nothing.
TEST(Limits, AHeldSourceIsTheRoot) {
  const std::string graph = chain("", work("a", 0, 100e-6), "a", "runtime: {memory: 64MiB}\n");
  {
    const Packet much = Packet::copy_bytes(std::string(61 << 20, 'x'));
    Watched network(graph);
    network.run(6);
    EXPECT_EQ(root_of(network.report()), "memory of source");
  }
  const Packet all = Packet::copy_bytes(std::string(70 << 20, 'x'));
  Watched network(graph);
  network.run(12);
  EXPECT_EQ(root_of(network.report()), "memory of source");
}

}  // namespace
}  // namespace weir::diagnosis
