#include "metrics/table.hpp"

namespace weir::metrics {

namespace {

prometheus::MetricType family_type(Type type) {
  switch (type) {
    case Type::counter: return prometheus::MetricType::Counter;
    case Type::gauge: return prometheus::MetricType::Gauge;
    case Type::histogram: break;
  }
  return prometheus::MetricType::Histogram;
}

}  // namespace

Series::Series(const Metric& metric, std::string_view graph) : metric_(&metric), graph_(graph) {
  family_.name = metric.name;
  family_.help = metric.help;
  family_.type = family_type(metric.type);
}

prometheus::ClientMetric& Series::labelled(std::initializer_list<std::string_view> values) {
  prometheus::ClientMetric& series = family_.metric.emplace_back();
  series.label.reserve(values.size() + 1);
  series.label.push_back({"graph", graph_});
  auto name = metric_->labels.begin();
  for (std::string_view value : values) {
    series.label.push_back({std::string(*name++), std::string(value)});
  }
  return series;
}

void Series::add(std::initializer_list<std::string_view> values, double value) {
  prometheus::ClientMetric& series = labelled(values);
  (metric_->type == Type::counter ? series.counter.value : series.gauge.value) = value;
}

void Series::add(std::initializer_list<std::string_view> values, std::span<const double> bounds,
                 std::span<const std::uint64_t> buckets, double sum) {
  prometheus::ClientMetric::Histogram& histogram = labelled(values).histogram;
  std::uint64_t below = 0;
  for (std::size_t bucket = 0; bucket < bounds.size(); ++bucket) {
    below += buckets[bucket];
    histogram.bucket.push_back({below, bounds[bucket]});
  }
  // The count comes from the buckets: counters of a running process are read one after the other,
  // and a histogram whose parts disagree is refused by scrapers.
  histogram.sample_count = below + buckets.back();
  histogram.sample_sum = sum;
}

}  // namespace weir::metrics
