// YAML text to a tree of settings: everything that goes wrong before the meaning of a graph file is
// looked at. Bounded in depth and size whatever the text says, aliases included.
#pragma once

#include <optional>

#include "graph/load.hpp"
#include "graph/source.hpp"

namespace weir::graph {

struct Tree {
  /// Nothing if the text could not be read as one YAML document.
  std::optional<Setting> root;
  Problems problems;
};

/// Limits of what one text may become.
inline constexpr int depth_max = 64;
inline constexpr std::size_t values_max = 500'000;
inline constexpr std::size_t text_bytes_max = std::size_t{32} << 20;

/// Reads one YAML document. Variables are replaced if `environment` is given.
Tree parse_yaml(const SourceText& source, const Environment* environment);

}  // namespace weir::graph
