#include "metrics/collector.hpp"

#include <utility>

namespace weir::metrics {

Collector::Collector(std::function<runtime::NetworkSnapshot()> network,
                     std::function<Program()> program, std::function<Diagnosis()> diagnosis)
    : network_(std::move(network)),
      program_(std::move(program)),
      diagnosis_(std::move(diagnosis)) {}

std::vector<prometheus::MetricFamily> Collector::Collect() const {
  return families({network_(), program_(), diagnosis_ ? diagnosis_() : Diagnosis()});
}

std::vector<prometheus::MetricFamily> families(const Figures& figures) {
  std::vector<prometheus::MetricFamily> result;
  result.reserve(table().size());
  for (const Metric& metric : table()) {
    Series series(metric, figures.network.graph);
    metric.read(figures, series);
    prometheus::MetricFamily family = series.take();
    if (!family.metric.empty()) result.push_back(std::move(family));
  }
  return result;
}

}  // namespace weir::metrics
