// The rate of a process: `rate: 1000/s`, or `rate: {rate: 1000/s, burst: 50}`.
#pragma once

#include <optional>

#include "graph/model.hpp"
#include "weir/setting.hpp"

namespace weir::graph {

/// Reads the value of a process's `rate`; nothing, and a problem is noted, if it cannot hold. The
/// component, if it is known, says how many packets it needs at once: no burst may be below that.
std::optional<Rate> read_rate(const Setting& value, const ComponentSpec* component,
                              Problems& problems);

}  // namespace weir::graph
