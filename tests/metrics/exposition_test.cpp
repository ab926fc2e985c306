#include "metrics/exposition.hpp"

#include "metrics/collector.hpp"
#include "sample.hpp"

namespace weir::metrics {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(PrometheusText, NamesCountersByTheirSeries) {
  const std::string text = to_prometheus(families(sample_figures()));
  EXPECT_THAT(text,
              HasSubstr("# TYPE weir_packets_created_total counter\n"
                        "weir_packets_created_total{graph=\"sample\",process=\"read\"} 10\n"));
  EXPECT_THAT(text, HasSubstr("weir_processing_seconds_bucket{graph=\"sample\",process=\"write\","
                              "le=\"1e-07\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("weir_processing_seconds_bucket{graph=\"sample\",process=\"write\","
                              "le=\"+Inf\"} 6\n"));
  EXPECT_THAT(text, Not(HasSubstr("# EOF")));
}

TEST(OpenMetricsText, NamesCounterFamiliesWithoutTotal) {
  const std::string text = to_openmetrics(families(sample_figures()));
  EXPECT_THAT(text, HasSubstr("# TYPE weir_made_packets counter\n"));
  EXPECT_THAT(text, HasSubstr("# HELP weir_made_packets Packets that a process made"));
  EXPECT_THAT(text, HasSubstr("\nweir_made_packets_total{graph=\"sample\",process=\"read\"} 10\n"));
  EXPECT_THAT(text, Not(HasSubstr("weir_packets_created")));
  EXPECT_TRUE(text.ends_with("\n# EOF\n"));
}

TEST(OpenMetricsText, GivesTheUnitWhereTheNameEndsInIt) {
  const std::string text = to_openmetrics(families(sample_figures()));
  EXPECT_THAT(text, HasSubstr("# UNIT weir_processing_seconds seconds\n"));
  EXPECT_THAT(text, HasSubstr("# UNIT weir_memory_bytes bytes\n"));
  EXPECT_THAT(text, HasSubstr("# UNIT weir_made_packets packets\n"));
  EXPECT_THAT(text, Not(HasSubstr("# UNIT weir_packets_ended")));
}

TEST(OpenMetricsText, WritesBoundsWithAPointOrAnExponent) {
  const std::string text = to_openmetrics(families(sample_figures()));
  EXPECT_THAT(text, HasSubstr("process=\"write\",le=\"1.0\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("process=\"write\",le=\"1e-07\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("process=\"write\",le=\"+Inf\"} 6\n"));
  EXPECT_THAT(text, HasSubstr("weir_processing_seconds_sum{graph=\"sample\",process=\"write\"} "
                              "100.5\n"));
}

TEST(OpenMetricsText, EscapesLabelValues) {
  Figures figures = sample_figures();
  figures.network.graph = "a\"b\\c\nd";
  EXPECT_THAT(to_openmetrics(families(figures)), HasSubstr("graph=\"a\\\"b\\\\c\\nd\""));
  EXPECT_THAT(to_prometheus(families(figures)), HasSubstr("graph=\"a\\\"b\\\\c\\nd\""));
}

TEST(OpenMetricsText, KeepsLargeCountsExact) {
  Figures figures = sample_figures();
  figures.network.processes[0].created = 123'456'789'012;
  EXPECT_THAT(to_openmetrics(families(figures)), HasSubstr("process=\"read\"} 123456789012\n"));
  EXPECT_THAT(to_prometheus(families(figures)), HasSubstr("process=\"read\"} 123456789012\n"));
}

}  // namespace
}  // namespace weir::metrics
