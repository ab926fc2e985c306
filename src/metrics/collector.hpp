// Reads a network's figures at the moment of a scrape and turns them into metric families. Keeps no
// figures of its own, so nothing is counted twice and an idle program pays nothing for its metrics.
#pragma once

#include <functional>
#include <vector>

#include <prometheus/collectable.h>
#include "metrics/table.hpp"

namespace weir::metrics {

/// Thread-safe if the functions are.
class Collector : public prometheus::Collectable {
 public:
  /// `diagnosis` may be empty.
  Collector(std::function<runtime::NetworkSnapshot()> network, std::function<Program()> program,
            std::function<Diagnosis()> diagnosis = {});

  /// The families of the table that have at least one series.
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  std::function<runtime::NetworkSnapshot()> network_;
  std::function<Program()> program_;
  std::function<Diagnosis()> diagnosis_;
};

/// The same from figures at hand.
std::vector<prometheus::MetricFamily> families(const Figures& figures);

}  // namespace weir::metrics
