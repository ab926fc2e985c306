// The reference page of the metrics.
#pragma once

#include <string>

namespace weir::metrics {

/// docs/metrics.md, made from the table.
std::string reference();

}  // namespace weir::metrics
