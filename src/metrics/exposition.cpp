#include "metrics/exposition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include <prometheus/text_serializer.h>
#include "metrics/table.hpp"

namespace weir::metrics {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

/// Appends `text` with what would end a quoted string or a line escaped.
void append_escaped(std::string& out, std::string_view text) {
  for (char c : text) {
    switch (c) {
      case '\\': out += "\\\\"; break;
      case '"': out += "\\\""; break;
      case '\n': out += "\\n"; break;
      default: out += c;
    }
  }
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  // Counts are whole numbers and read best as such; a double holds them exactly up to 2^53.
  if (value == std::floor(value) && std::abs(value) < 9007199254740992.0) {
    return fmt::format("{}", static_cast<std::int64_t>(value));
  }
  return fmt::format("{}", value);
}

/// A bucket's bound as OpenMetrics writes it: always with a point or an exponent.
std::string bound(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

void append_sample(std::string& out, std::string_view name, const ClientMetric& series,
                   std::string_view bucket, const std::string& value) {
  out += name;
  out += '{';
  bool first = true;
  for (const ClientMetric::Label& label : series.label) {
    if (!first) out += ',';
    first = false;
    out += label.name;
    out += "=\"";
    append_escaped(out, label.value);
    out += '"';
  }
  if (!bucket.empty()) fmt::format_to(std::back_inserter(out), ",le=\"{}\"", bucket);
  fmt::format_to(std::back_inserter(out), "}} {}\n", value);
}

void append_histogram(std::string& out, const std::string& name, const ClientMetric& series) {
  const ClientMetric::Histogram& histogram = series.histogram;
  for (const ClientMetric::Bucket& bucket : histogram.bucket) {
    append_sample(out, name + "_bucket", series, bound(bucket.upper_bound),
                  fmt::format("{}", bucket.cumulative_count));
  }
  append_sample(out, name + "_bucket", series, "+Inf", fmt::format("{}", histogram.sample_count));
  append_sample(out, name + "_count", series, {}, fmt::format("{}", histogram.sample_count));
  append_sample(out, name + "_sum", series, {}, number(histogram.sample_sum));
}

std::string_view type_name(MetricType type) {
  if (type == MetricType::Counter) return "counter";
  return type == MetricType::Histogram ? "histogram" : "gauge";
}

const Metric* find_metric(std::string_view name) {
  const auto metric = std::ranges::find(table(), name, &Metric::name);
  return metric == table().end() ? nullptr : &*metric;
}

/// The unit of a family, if its name ends in it as the format demands.
std::string_view unit_of(std::string_view family, std::string_view series) {
  const Metric* metric = find_metric(series);
  if (metric == nullptr || metric->unit.empty()) return {};
  return family.ends_with(fmt::format("_{}", metric->unit)) ? metric->unit : std::string_view{};
}

}  // namespace

std::string to_prometheus(const std::vector<MetricFamily>& families) {
  return prometheus::TextSerializer().Serialize(families);
}

std::string to_openmetrics(const std::vector<MetricFamily>& families) {
  constexpr std::string_view total = "_total";
  std::string out;
  for (const MetricFamily& family : families) {
    const Metric* metric = find_metric(family.name);
    if (metric != nullptr && metric->format == Metric::In::plain_text) continue;
    std::string name = family.name;
    if (family.type == MetricType::Counter && name.ends_with(total)) {
      name.resize(name.size() - total.size());
    }
    auto end = std::back_inserter(out);
    fmt::format_to(end, "# TYPE {} {}\n", name, type_name(family.type));
    const std::string_view unit = unit_of(name, family.name);
    if (!unit.empty()) fmt::format_to(end, "# UNIT {} {}\n", name, unit);
    fmt::format_to(end, "# HELP {} ", name);
    append_escaped(out, family.help);
    out += '\n';
    for (const ClientMetric& series : family.metric) {
      switch (family.type) {
        case MetricType::Counter:
          append_sample(out, name + "_total", series, {}, number(series.counter.value));
          break;
        case MetricType::Histogram: append_histogram(out, name, series); break;
        default: append_sample(out, name, series, {}, number(series.gauge.value));
      }
    }
  }
  out += "# EOF\n";
  return out;
}

}  // namespace weir::metrics
