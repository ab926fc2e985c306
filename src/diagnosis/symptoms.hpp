// The seed's thresholds: what exceeds them is a symptom, with the process that causes it.
#pragma once

#include <vector>

#include "diagnosis/report.hpp"

namespace weir::diagnosis {

/// Of the report, the limit is read.
std::vector<Symptom> find_symptoms(const graph::Graph& graph, const Measured& measured,
                                   const Window& window, const Report& report);

}  // namespace weir::diagnosis
