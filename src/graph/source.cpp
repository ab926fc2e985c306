#include "graph/source.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "weir/text.hpp"
#include "weir/units.hpp"

namespace weir::graph {
namespace {

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// Offset of the first byte that is not part of well-formed UTF-8.
std::size_t first_bad_byte(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    std::size_t end = i + 1;
    while (end < text.size() && end - i < 4 && continues_character(text[end])) ++end;
    if (!is_utf8(text.substr(i, end - i))) return i;
    i = end;
  }
  return i;
}

}  // namespace

SourceText::SourceText(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  text_ = bytes;
  lines_.push_back(0);
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (i % block_bytes == 0) blocks_.push_back(characters);
    if (!continues_character(text_[i])) ++characters;
    if (text_[i] == '\n') lines_.push_back(i + 1);
  }
}

std::optional<Problem> SourceText::fault() const {
  if (text_.size() > size_max) {
    return Problem{{},
                   fmt::format("the file is larger than {}, the most that a graph file may have",
                               format_size(size_max))};
  }
  if (!is_utf8(text_)) {
    return Problem{at(first_bad_byte(text_)), "the file is not UTF-8: save it as UTF-8 text"};
  }
  const auto control = std::find_if(text_.begin(), text_.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t') ||
           c == 0x7F;
  });
  if (control != text_.end()) {
    return Problem{
        at(static_cast<std::size_t>(control - text_.begin())),
        fmt::format("the control character 0x{:02x} cannot stand in a graph file: write "
                    "it as an escape in double quotes, \"\\x{:02x}\"",
                    static_cast<unsigned char>(*control), static_cast<unsigned char>(*control))};
  }
  return {};
}

Location SourceText::at(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto next = std::upper_bound(lines_.begin(), lines_.end(), offset);
  const std::size_t line = static_cast<std::size_t>(next - lines_.begin()) - 1;
  const std::size_t column = characters_before(offset) - characters_before(lines_[line]);
  return {static_cast<int>(line) + 1, static_cast<int>(column) + 1};
}

Location SourceText::at(int line, int byte_column) const {
  if (line < 0 || byte_column < 0) return {};
  const std::size_t index = std::min(static_cast<std::size_t>(line), lines_.size() - 1);
  const std::size_t end = index + 1 < lines_.size() ? lines_[index + 1] - 1 : text_.size();
  return at(std::min(lines_[index] + static_cast<std::size_t>(byte_column), end));
}

std::optional<std::size_t> SourceText::find(const Setting& scalar) const {
  const Location start = scalar.at;
  if (start.line < 1 || static_cast<std::size_t>(start.line) > lines_.size()) return {};
  const std::size_t line = lines_[static_cast<std::size_t>(start.line) - 1];
  std::size_t begin =
      offset_of(characters_before(line) + static_cast<std::size_t>(start.column) - 1);
  if (scalar.quoted && begin < text_.size()) ++begin;
  if (std::string_view(text_).substr(begin, scalar.text.size()) != scalar.text) return {};
  return begin;
}

std::size_t SourceText::characters_before(std::size_t offset) const {
  if (blocks_.empty()) return 0;
  const std::size_t block = std::min(offset / block_bytes, blocks_.size() - 1);
  std::size_t characters = blocks_[block];
  for (std::size_t i = block * block_bytes; i < offset; ++i) {
    if (!continues_character(text_[i])) ++characters;
  }
  return characters;
}

std::size_t SourceText::offset_of(std::size_t character) const {
  const auto next = std::upper_bound(blocks_.begin(), blocks_.end(), character);
  if (next == blocks_.begin()) return text_.size();
  std::size_t characters = *std::prev(next);
  std::size_t i = static_cast<std::size_t>(std::prev(next) - blocks_.begin()) * block_bytes;
  for (; i < text_.size(); ++i) {
    if (continues_character(text_[i])) continue;
    if (characters == character) break;
    ++characters;
  }
  return i;
}

bool SourceText::line_starts_with(int line, std::string_view prefix) const {
  if (line < 0 || static_cast<std::size_t>(line) >= lines_.size()) return false;
  return std::string_view(text_).substr(lines_[static_cast<std::size_t>(line)]).starts_with(prefix);
}

}  // namespace weir::graph
