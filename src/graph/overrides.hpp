// `--set process.option=value`, applied to the tree before its meaning is checked.
#pragma once

#include <vector>

#include "graph/load.hpp"

namespace weir::graph {

/// Sets or replaces options. Values are typed as the component's option wants them: a text stays
/// one, lists and maps are written in YAML's flow style. Processes that the file lacks are
/// problems.
void apply_overrides(Setting& root, const std::vector<Override>& overrides,
                     const Registry& registry, Problems& problems);

}  // namespace weir::graph
