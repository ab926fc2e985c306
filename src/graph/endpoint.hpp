// "process", "process.port" and "process.array[2]" in connections.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "graph/draft.hpp"

namespace weir::graph {

/// A part of a scalar that names one end of a connection, blanks left out.
class EndpointText {
 public:
  /// Covers scalar[begin, end) without the blanks around it. `found` is where the scalar's text
  /// stands in the file, if SourceText::find knows.
  EndpointText(const Setting& scalar, std::size_t begin, std::size_t end,
               std::optional<std::size_t> found);
  /// Covers the whole scalar.
  EndpointText(const Setting& scalar, const SourceText& source)
      : EndpointText(scalar, 0, scalar.text.size(), source.find(scalar)) {}

  std::string_view text() const {
    return std::string_view(scalar_->text).substr(begin_, end_ - begin_);
  }
  /// The place of a byte of text(), or of the whole scalar.
  Location at(const SourceText& source, std::size_t offset = 0) const {
    return found_ ? source.at(*found_ + begin_ + offset) : scalar_->at;
  }

 private:
  const Setting* scalar_;
  std::size_t begin_;
  std::size_t end_;
  std::optional<std::size_t> found_;
};

/// Finds the port that a text names and notes that it is used; nothing, with a problem noted, if
/// there is none. Without a port it means `out` where a connection starts and `in` where it ends.
std::optional<Endpoint> read_endpoint(const EndpointText& text, Direction direction, Draft& draft);

/// "read.out", "split.out[0]".
std::string endpoint_name(const Graph& graph, const Endpoint& endpoint, Direction direction);

/// What packets from there carry; those of the error port are documents.
PayloadType output_type(const Graph& graph, const Endpoint& from);

}  // namespace weir::graph
