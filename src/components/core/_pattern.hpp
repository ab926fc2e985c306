// Regular expressions of core/filter and regex/parse: RE2's syntax, quiet, with mistakes explained.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace weir::components {

/// Compiles a pattern for UTF-8; ok() says whether it is valid.
std::unique_ptr<re2::RE2> compile_pattern(const std::string& text);
/// What is wrong with a pattern that is not ok(), and what to write instead.
std::string pattern_fault(const re2::RE2& pattern);

/// A pattern that is looked for in texts, which need not be UTF-8. Not changed after it is made.
class Pattern {
 public:
  explicit Pattern(const std::string& text);
  ~Pattern();

  /// Empty if the pattern is valid.
  std::string fault() const;
  /// True if the pattern is found anywhere. Where bytes are not UTF-8, a pattern of ASCII alone is
  /// looked for byte by byte: a dot is one byte then. Another one asks for characters, which there
  /// are none: throws Failure of kind `parse`.
  bool found_in(std::string_view text) const;

 private:
  bool found_in_bytes(std::string_view text) const;

  std::unique_ptr<re2::RE2> pattern_;
  // The same for bytes; null if the pattern means characters.
  std::unique_ptr<re2::RE2> bytes_;
};

}  // namespace weir::components
