// Components for the tests of graph files. They only describe themselves: nothing here is ever run.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/load.hpp"
#include "weir/registry.hpp"

namespace weir::graph::testing {

/// file/read, file/write, json/parse, core/pass, core/split, core/batch, core/number,
/// core/options ...; core/pass alone is parallel, csv/table.in alone lossless.
const Registry& parts();

/// Loads with these components; `environment` holds all variables that are set.
Loaded load_text(const std::string& text,
                 const std::map<std::string, std::string>& environment = {},
                 const std::vector<Override>& overrides = {}, const LoadLimits& limits = {});

/// The problems as `weir check` prints them, for a file called "g".
std::vector<std::string> problems_of(const std::string& text,
                                     const std::map<std::string, std::string>& environment = {},
                                     const std::vector<Override>& overrides = {},
                                     const LoadLimits& limits = {});

/// A graph named g with these lines as its processes and connections, both in flow style:
/// `processes` starts in line 2, `connections` in line 3.
std::string graph_of(const std::string& processes, const std::string& connections);

}  // namespace weir::graph::testing
