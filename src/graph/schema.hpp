// JSON Schema (draft 2020-12) of the graph file, for editors. Made from the tables that validation
// reads (keys.hpp) and from the component specs, so the two cannot differ.
#pragma once

#include <string>

#include "weir/registry.hpp"

namespace weir::graph {

/// The schema as indented JSON with a newline at its end. It accepts ${NAME} wherever a scalar that
/// is no text may stand.
std::string schema(const Registry& registry);

}  // namespace weir::graph
