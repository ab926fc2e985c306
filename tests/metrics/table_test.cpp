#include "metrics/table.hpp"

#include <map>
#include <set>

#include "metrics/collector.hpp"
#include "metrics/reference.hpp"
#include "sample.hpp"

namespace weir::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using testing::HasSubstr;

MetricFamily family(const Figures& figures, std::string_view name) {
  for (MetricFamily& candidate : families(figures)) {
    if (candidate.name == name) return candidate;
  }
  return {};
}

std::string label(const ClientMetric& series, std::string_view name) {
  for (const ClientMetric::Label& candidate : series.label) {
    if (candidate.name == name) return candidate.value;
  }
  return "(none)";
}

TEST(MetricTable, EveryMetricIsNamedAfterTheRules) {
  std::set<std::string_view> names;
  for (const Metric& metric : table()) {
    SCOPED_TRACE(metric.name);
    EXPECT_TRUE(names.insert(metric.name).second) << "defined twice";
    EXPECT_TRUE(metric.name.starts_with("weir_"));
    EXPECT_EQ(metric.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos);
    EXPECT_EQ(metric.type == Type::counter, metric.name.ends_with("_total"));
    EXPECT_TRUE(metric.help.ends_with('.'));
    EXPECT_EQ(metric.help.find('\n'), std::string_view::npos);
    EXPECT_EQ(metric.help.find('|'), std::string_view::npos) << "would break the reference's table";
    EXPECT_NE(metric.read, nullptr);
  }
}

TEST(MetricTable, EverySeriesHasTheLabelsOfItsMetricAndTheGraph) {
  const std::vector<MetricFamily> all = families(sample_figures());
  ASSERT_EQ(all.size(), table().size()) << "the sample gives every metric a series";
  for (std::size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE(all[i].name);
    std::set<std::vector<std::string>> seen;
    for (const ClientMetric& series : all[i].metric) {
      ASSERT_EQ(series.label.size(), table()[i].labels.size() + 1);
      EXPECT_EQ(series.label[0].name, "graph");
      EXPECT_EQ(series.label[0].value, "sample");
      std::vector<std::string> values;
      for (std::size_t j = 0; j < table()[i].labels.size(); ++j) {
        EXPECT_EQ(series.label[j + 1].name, table()[i].labels[j]);
        values.push_back(series.label[j + 1].value);
      }
      EXPECT_TRUE(seen.insert(values).second) << "the same series twice";
    }
  }
}

TEST(MetricTable, ReadsEachFigureFromItsPlace) {
  const Figures figures = sample_figures();
  const auto gauge = [&](std::string_view name) {
    return family(figures, name).metric.at(0).gauge.value;
  };
  const auto counter = [&](std::string_view name) {
    return family(figures, name).metric.at(0).counter.value;
  };
  EXPECT_EQ(counter("weir_made_packets_total"), 10);
  EXPECT_EQ(family(figures, "weir_packets_held").metric.at(1).gauge.value, 1);
  EXPECT_EQ(family(figures, "weir_process_concurrency").metric.at(1).gauge.value, 2);
  EXPECT_EQ(counter("weir_connection_put_packets_total"), 10);
  EXPECT_EQ(counter("weir_connection_taken_packets_total"), 7);
  EXPECT_EQ(counter("weir_dropped_packets_total"), 0);
  EXPECT_EQ(gauge("weir_queue_packets"), 3);
  EXPECT_EQ(gauge("weir_queue_bytes"), 24);
  EXPECT_EQ(gauge("weir_queue_capacity_packets"), 2);
  EXPECT_EQ(gauge("weir_overflow_packets"), 1);
  EXPECT_EQ(gauge("weir_workers"), 2);
  EXPECT_EQ(gauge("weir_packet_pool_live_packets"), 4);
  EXPECT_EQ(gauge("weir_packet_pool_bytes"), 65536);
  EXPECT_EQ(gauge("weir_graph_generation"), 1);
  EXPECT_EQ(gauge("weir_start_time_seconds"), 1000.25);
  EXPECT_EQ(gauge("weir_memory_bytes"), 4096);
  const ClientMetric build = family(figures, "weir_build_info").metric.at(0);
  EXPECT_EQ(build.gauge.value, 1);
  EXPECT_EQ(label(build, "version"), "1.2.3");
  EXPECT_EQ(label(build, "commit"), "abc");
}

TEST(MetricTable, CountsEndedPacketsByReason) {
  std::map<std::string, double> ended;
  for (const ClientMetric& series : family(sample_figures(), "weir_packets_ended_total").metric) {
    if (label(series, "process") == "write") ended[label(series, "reason")] = series.counter.value;
  }
  EXPECT_EQ(ended, (std::map<std::string, double>{
                       {"consumed", 4}, {"filtered", 1}, {"error", 1}, {"drained", 0}}));
}

TEST(MetricTable, LeavesOutPortsThatAreNotConnectedUnlessPacketsPassedThem) {
  Figures figures = sample_figures();
  EXPECT_EQ(family(figures, "weir_packets_total").metric.size(), 2U);
  figures.network.processes[0].ports[1].packets = 3;
  EXPECT_EQ(family(figures, "weir_packets_total").metric.size(), 3U);
}

TEST(MetricTable, HistogramsAreCumulativeAndAgreeWithThemselves) {
  Figures figures = sample_figures();
  // As read from a running process: the total was read before the buckets were.
  figures.network.processes[1].processing_count = 5;
  const ClientMetric::Histogram histogram =
      family(figures, "weir_processing_seconds").metric.at(1).histogram;
  ASSERT_EQ(histogram.bucket.size(), runtime::processing_bounds.size());
  EXPECT_EQ(histogram.bucket[0].cumulative_count, 2U);
  EXPECT_EQ(histogram.bucket[2].cumulative_count, 2U);
  EXPECT_EQ(histogram.bucket[3].cumulative_count, 5U);
  EXPECT_EQ(histogram.bucket.back().cumulative_count, 5U);
  EXPECT_EQ(histogram.sample_count, 6U);
  EXPECT_DOUBLE_EQ(histogram.sample_sum, 100.5);
}

TEST(MetricTable, ShowsNoFamilyWithoutSeries) {
  Figures figures = sample_figures();
  figures.network.processes[1].errors.clear();
  EXPECT_TRUE(family(figures, "weir_errors_total").name.empty());
}

TEST(Collector, ReadsTheFiguresAnewForEachScrape) {
  Figures figures = sample_figures();
  const Collector collector([&] { return figures.network; }, [&] { return figures.program; });
  const auto before = collector.Collect();
  figures.network.processes[0].created = 11;
  const auto after = collector.Collect();
  EXPECT_EQ(before.at(1).metric.at(0).counter.value, 10);
  EXPECT_EQ(after.at(1).metric.at(0).counter.value, 11);
}

TEST(MetricReference, DescribesEveryMetric) {
  const std::string page = reference();
  for (const Metric& metric : table()) {
    EXPECT_THAT(page, HasSubstr("| `" + std::string(metric.name) + "` | "));
    EXPECT_THAT(page, HasSubstr(std::string(metric.help)));
  }
}

}  // namespace
}  // namespace weir::metrics
