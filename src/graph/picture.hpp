// A graph as a picture: `weir graph`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "graph/model.hpp"

namespace weir::graph {

enum class PictureFormat : std::uint8_t { dot, mermaid, json };

/// "dot", "mermaid" or "json"; nothing for any other word.
std::optional<PictureFormat> parse_picture_format(std::string_view word) noexcept;

/// The graph in the language of Graphviz or Mermaid, or as JSON {name, processes: [{name,
/// component}], connections: [{name, from, to, capacity}]}. Ports are shown where they are not the
/// usual out and in. Ends with a newline.
std::string picture(const Graph& graph, PictureFormat format);

}  // namespace weir::graph
