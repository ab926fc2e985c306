// The two text formats in which metrics are shown to scrapers. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <prometheus/metric_family.h>

namespace weir::metrics {

inline constexpr std::string_view prometheus_content_type =
    "text/plain; version=0.0.4; charset=utf-8";
inline constexpr std::string_view openmetrics_content_type =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The Prometheus text format 0.0.4.
std::string to_prometheus(const std::vector<prometheus::MetricFamily>& families);

/// OpenMetrics 1.0.0. A counter's family is called as its series without `_total`; a family whose
/// name ends in its unit says so.
std::string to_openmetrics(const std::vector<prometheus::MetricFamily>& families);

}  // namespace weir::metrics
