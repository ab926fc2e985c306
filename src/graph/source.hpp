// The text of a graph file and the places in it. Owned by the load in progress; read-only.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weir/setting.hpp"

namespace weir::graph {

class SourceText {
 public:
  /// A graph file beyond this is refused.
  static constexpr std::size_t size_max = std::size_t{4} << 20;

  /// Takes the bytes of a file; a byte order mark is left out.
  explicit SourceText(std::string_view bytes);

  const std::string& text() const noexcept { return text_; }

  /// What makes the text unfit for YAML (too large, not UTF-8, control characters), if anything.
  std::optional<Problem> fault() const;

  /// The place of a byte; columns count characters, not bytes.
  Location at(std::size_t offset) const;
  /// The same for a line and a column in bytes, both counted from 0.
  Location at(int line, int byte_column) const;

  /// Where the text of a scalar begins, if it stands in the file as it reads: without escapes,
  /// folded lines and environment variables.
  std::optional<std::size_t> find(const Setting& scalar) const;

  /// True if the line (counted from 0) starts with `prefix`.
  bool line_starts_with(int line, std::string_view prefix) const;

 private:
  std::size_t characters_before(std::size_t offset) const;
  std::size_t offset_of(std::size_t character) const;

  static constexpr std::size_t block_bytes = 256;

  std::string text_;
  /// Where each line begins.
  std::vector<std::size_t> lines_;
  /// Characters before each block, so that a place in a very long line costs no walk along it.
  std::vector<std::size_t> blocks_;
};

}  // namespace weir::graph
