// Environment variables in the scalars of a graph file: ${NAME}, ${NAME:-default}, where the
// default may hold further ones, and $${ for a literal ${.
#pragma once

#include <string>
#include <string_view>

#include "graph/load.hpp"

namespace weir::graph {

struct Substituted {
  std::string text;
  /// At least one variable was replaced, by its value or by a default.
  bool substituted = false;
  /// What is wrong, empty if nothing is; then `text` is as it was.
  std::string error;
};

/// Replaces the variables of one scalar. As in a shell, the default stands in for an unset name and
/// for an empty value; variables in a default that is used are replaced too.
Substituted substitute(std::string_view text, const Environment& environment);

/// YAML ends a plain scalar within { } or [ ] at characters that ${NAME:-default} has. Replaces
/// them, inside such references only, by control characters, byte for byte so that places stay
/// right.
std::string mask_references(std::string_view text);
/// The reverse of mask_references, for one scalar.
std::string unmask_references(std::string text);

}  // namespace weir::graph
