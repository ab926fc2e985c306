// Whole numbers in a graph file.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "weir/setting.hpp"

namespace weir::graph {

/// The number if the setting is a whole one from `min` to `max`; else notes a problem. `what`
/// starts the message: "workers".
std::optional<std::int64_t> read_whole(const Setting& setting, std::string_view what,
                                       std::int64_t min, std::int64_t max, Problems& problems);

}  // namespace weir::graph
