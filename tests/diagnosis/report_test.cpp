// What the report says of graphs whose limit is known, in virtual time.
#include "diagnosis/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "diagnosis/watched.hpp"
#include "diagnosis/words.hpp"

namespace weir::diagnosis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string graph_of(const std::string& processes, const std::string& connections,
                     const std::string& more = "") {
  return "name: g\nprocesses: {" + processes + "}\nconnections: [" + connections + "]\n" + more;
}

const std::string source = "source: {component: core/generate}, ";
const std::string sink = ", sink: {component: core/discard}";

std::string waits(const std::string& name, const std::string& time, int units = 1) {
  return name + ": {component: core/work, concurrency: " + std::to_string(units) +
         ", config: {wait: " + time + "}}";
}

const ProcessReport& process(const Report& report, const std::string& name) {
  return *std::find_if(report.processes.begin(), report.processes.end(),
                       [&](const auto& each) { return each.name == name; });
}

TEST(Report, NamesTheSlowestOfAChain) {
  Watched network(graph_of(
      source + waits("a", "1ms") + ", " + waits("b", "4ms", 2) + ", " + waits("c", "1ms") + sink,
      "source -> a -> b -> c -> sink"));
  network.run(12);
  const Report report = network.report();
  EXPECT_EQ(root_of(report), "waiting of b");
  EXPECT_NEAR(report.throughput_pps, 500, 5);
  EXPECT_NEAR(report.window_s, 5, 0.3);
  EXPECT_GT(report.limit->confidence, 0.9);
  EXPECT_NEAR(process(report, "b").service_s, 4e-3, 1e-4);
  EXPECT_NEAR(*process(report, "b").capacity_pps, 500, 5);
  for (const ProcessReport& each : report.processes) {
    EXPECT_NEAR(std::accumulate(std::begin(each.state), std::end(each.state), 0.0), 1, 1e-6)
        << each.name;
  }
  ASSERT_FALSE(report.changes.empty());
  // Then the two others limit, for certain.
  EXPECT_EQ(to_text(report.changes[0].change), "b.concurrency=5");
  EXPECT_NEAR(report.changes[0].gain, 2, 0.05);
  ASSERT_TRUE(report.changes[0].then);
}

TEST(Report, AWhatIfComesTrue) {
  const std::string middle = waits("b", "4ms", 2);
  Watched network(
      graph_of(source + waits("a", "3ms", 2) + ", " + middle + sink, "source -> a -> b -> sink"));
  network.run(12);
  const Report predicted = network.with("b.service=-50%");
  EXPECT_EQ(root_of(predicted), "waiting of a");
  EXPECT_NEAR(predicted.throughput_pps, 667, 20);
  Watched changed(graph_of(source + waits("a", "3ms", 2) + ", " + waits("b", "2ms", 2) + sink,
                           "source -> a -> b -> sink"));
  changed.run(12);
  EXPECT_NEAR(changed.report().throughput_pps, predicted.throughput_pps, 20);
  EXPECT_EQ(root_of(changed.report()), "waiting of a");
}

TEST(Report, CountsVisits) {
  // Every third packet, then each twice.
  Watched network(graph_of(source +
                               "few: {component: core/sample, config: {every: 3}}, "
                               "twice: {component: core/clone}, " +
                               waits("a", "1ms") + ", " + waits("b", "2ms") + sink,
                           "source -> a -> few -> twice, 'twice.out[0] -> b', 'twice.out[1] -> b', "
                           "b -> sink"));
  network.run(12);
  const Report report = network.report();
  EXPECT_EQ(root_of(report), "waiting of b");
  EXPECT_NEAR(process(report, "b").visits, 2.0 / 3, 0.02);
  EXPECT_NEAR(report.throughput_pps, 750, 10);
}

TEST(Report, ARateASourceAndAProcessor) {
  Watched rate(
      graph_of(source + "a: {component: core/pass, rate: 300/s}, " + waits("b", "1ms") + sink,
               "source -> a -> b -> sink"));
  rate.run(6);
  EXPECT_EQ(root_of(rate.report()), "rate of a");
  EXPECT_NEAR(rate.with("a.rate=500/s").throughput_pps, 500, 10);

  Watched paced(graph_of(
      "source: {component: core/generate, config: {rate: 200/s}}, " + waits("b", "1ms") + sink,
      "source -> b -> sink"));
  paced.run(6);
  EXPECT_EQ(root_of(paced.report()), "source of source");
  EXPECT_TRUE(paced.report().changes.empty());

  // One worker, and two processes that spin.
  Watched spins(graph_of(source +
                             "a: {component: core/work, config: {spin: 20us}}, "
                             "b: {component: core/work, config: {spin: 30us}}" +
                             sink,
                         "source -> a -> b -> sink"));
  spins.run(3);
  const Report report = spins.report();
  EXPECT_EQ(root_of(report), "cores");
  EXPECT_EQ(to_text(report.changes[0].change), "workers=2");
}

TEST(Report, SourcesAreToldApart) {
  Watched network(
      graph_of("one: {component: core/generate}, two: {component: core/generate, "
               "config: {rate: 50/s}}, " +
                   waits("slow", "5ms") + ", " + waits("fast", "1ms") + sink,
               "one -> slow -> sink, two -> fast -> sink"));
  network.run(12);
  const Report report = network.report();
  EXPECT_EQ(root_of(report), "waiting of slow");
  ASSERT_EQ(report.sources.size(), 2U);
  EXPECT_EQ(report.sources[0].limit, "slow");
  EXPECT_NEAR(report.sources[0].throughput_pps, 200, 5);
  EXPECT_EQ(report.sources[1].limit, "two");
}

TEST(Report, ACycleCountsItsRounds) {
  Watched network(
      graph_of(source + waits("work", "1ms") + ", split: {component: core/split}" + sink,
               "source -> work -> split, 'split.out[1] -> work', "
               "'split.out[0] -> sink'"));
  network.run(12);
  const Report report = network.report();
  EXPECT_EQ(root_of(report), "waiting of work");
  EXPECT_NEAR(process(report, "work").visits, 2, 0.05);
  EXPECT_NEAR(report.throughput_pps, 500, 10);
}

TEST(Report, ACycleThatNeverGetsEmptyIsADeadlock) {
  Watched network(graph_of(source + waits("work", "1ms") + ", copy: {component: core/clone}" + sink,
                           "source -> work -> copy, 'copy.out[0] -> work', "
                           "'copy.out[1] -> sink'"));
  network.run(12);
  const Report report = network.report();
  EXPECT_EQ(root_of(report), "deadlock");
  EXPECT_THAT(report.limit->cycle, ElementsAre("work", "copy"));
}

TEST(Report, IsHonestWhenThereIsNothingToSay) {
  Watched fresh(graph_of(source + waits("a", "1ms") + sink, "source -> a -> sink"));
  EXPECT_EQ(root_of(fresh.report()), "starting");
  fresh.run(0.4);
  EXPECT_EQ(root_of(fresh.report()), "starting");

  Watched over(graph_of(
      "source: {component: core/generate, config: {count: 10}}, " + waits("a", "1ms") + sink,
      "source -> a -> sink"));
  over.run(6);
  EXPECT_EQ(root_of(over.report()), "idle");
  EXPECT_THAT(in_words(over.report()), HasSubstr("no packets leave the sources"));

  Watched alone(
      graph_of("a: {component: core/work, initial: {in: 1}, config: {wait: 1ms}}, "
               "b: {component: core/pass}",
               "a -> b, b -> a"));
  alone.run(3);
  EXPECT_EQ(root_of(alone.report()), "no_source");
}

TEST(Report, WhatFlowsSeldomIsToldToo) {
  Watched network(graph_of(
      "source: {component: core/generate, config: {rate: 0.7/s}}, " + waits("work", "300ms") + sink,
      "source -> work -> sink"));
  network.run(30);
  EXPECT_EQ(root_of(network.report()), "source of source");
}

TEST(Report, WhatReportsByTheClockMakesNoFlow) {
  // A burst, and after six seconds a count of it.
  Watched network(
      graph_of("source: {component: core/generate, config: {rate: 1/h}}, "
               "late: {component: core/generate, config: {count: 50}}, "
               "count: {component: core/count, config: {every: 6s}}, "
               "work: {component: core/work, config: {spin: 10us}}" +
                   sink,
               "source -> count -> work -> sink, late -> count"));
  network.run(9);
  EXPECT_EQ(root_of(network.report()), "idle");
  EXPECT_TRUE(network.report().changes.empty());
}

TEST(Report, WakesUpWithTheFlow) {
  // Nothing for a minute, then without end.
  Watched network(
      graph_of("source: {component: core/generate, config: {rate: 1/h}}, "
               "late: {component: core/work, config: {wait: 1m}}, "
               "many: {component: test/endless}, " +
                   waits("work", "1ms") + sink,
               "source -> late -> many -> work -> sink"));
  network.run(80);
  EXPECT_EQ(root_of(network.report()), "waiting of work");
}

TEST(Report, OneProcessIsEnough) {
  Watched network(
      "name: g\nprocesses:\n  work: {component: core/generate, config: {rate: 100/s}}\n"
      "  end: {component: core/discard}\nconnections: [work -> end]\n");
  network.run(12);
  EXPECT_EQ(root_of(network.report()), "source of work");
}

TEST(Report, ThresholdsComeWithTheirCause) {
  Watched network(graph_of(source + waits("a", "1ms", 4) + ", " + waits("b", "4ms") + sink,
                           "source -> a -> b -> sink",
                           "thresholds: {processing_time: 3ms, queue_length: 100}\n"));
  network.run(12);
  const Report report = network.report();
  ASSERT_EQ(report.symptoms.size(), 3U);
  EXPECT_EQ(report.symptoms[0].type, "processing_time");
  EXPECT_EQ(report.symptoms[0].process, "b");
  // That queue is long because of b, too.
  EXPECT_EQ(report.symptoms[1].connection, "source.out -> a.in");
  EXPECT_EQ(report.symptoms[1].caused_by, "b");
  EXPECT_EQ(report.symptoms[2].caused_by, "b");
}

TEST(Report, ANewRootIsNamedWithinTwoSeconds) {
  // The first packets cost nothing to b; from then on each does.
  Watched network(graph_of(source + waits("a", "2ms") + ", " + waits("b", "1ms", 4) + sink,
                           "source -> a -> b -> sink"));
  network.run(10);
  EXPECT_EQ(root_of(network.report()), "waiting of a");
  ASSERT_TRUE(network.network().set_concurrency("a", 16));
  network.run(2);
  EXPECT_EQ(root_of(network.report()), "waiting of b");
}

TEST(Report, AChangeIsMadeAndKeptOrTakenBack) {
  const std::string auto_a = "a: {component: core/work, config: {wait: 4ms}}, ";
  Watched network(graph_of(source + auto_a + waits("b", "1ms") + sink, "source -> a -> b -> sink"));
  network.run(3);
  EXPECT_EQ(network.reporter().verify(), "");
  EXPECT_THAT(network.reporter().verify(), HasSubstr("is being verified now"));
  network.run(8);
  const Report report = network.report();
  ASSERT_TRUE(report.verification);
  EXPECT_FALSE(report.verification->running);
  EXPECT_FALSE(report.verification->undone);
  EXPECT_NEAR(report.verification->measured_pps, report.verification->predicted_pps,
              0.05 * report.verification->predicted_pps);
  EXPECT_EQ(root_of(report), "waiting of b");
  ASSERT_EQ(network.log.read().size(), 1U);
  // b may have no more.
  EXPECT_THAT(network.reporter().verify(), HasSubstr("no change can be made"));
}

}  // namespace
}  // namespace weir::diagnosis
