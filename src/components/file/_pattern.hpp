// Paths with wildcards, as shells have them: *, ? and [...] inside a name, ** for any number of
// folders, {a,b} for alternatives. A backslash takes the meaning from the next character.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::components {

/// Hears of what a pattern looks at while it is expanded. Empty functions are left out.
struct PatternVisitor {
  /// A file that matches; never a folder.
  std::function<void(const std::string& path)> file;
  /// A folder that is about to be looked into; "." for the working folder.
  std::function<void(const std::string& folder)> folder = {};
  /// A folder that could not be looked into, and errno.
  std::function<void(const std::string& folder, int error)> failed = {};
};

/// One alternative of a pattern. A value; safe to use from any thread.
class PathPattern {
 public:
  /// The alternatives that {a,b} spell, in their order; without braces the text itself. At most a
  /// thousand; beyond that the braces stand for themselves.
  static std::vector<PathPattern> parse(const std::string& text);
  /// A path without wildcards, whatever characters it has.
  static PathPattern literal(const std::string& path);

  bool has_wildcards() const noexcept;
  /// The path as given, without the backslashes if it has no wildcards.
  const std::string& text() const noexcept { return text_; }
  /// True if this path matches; both in the same spelling.
  bool matches(std::string_view path) const;
  /// The same pattern with the folder that it starts at as an absolute path without symbolic
  /// links.
  PathPattern canonical() const;
  /// Looks at the disk. A file may be named more than once.
  void expand(const PatternVisitor& visitor) const;

 private:
  enum class Kind { literal, wild, any_depth };
  struct Segment {
    Kind kind;
    std::string text;
  };

  explicit PathPattern(const std::string& text);
  PathPattern() = default;
  void walk(const std::string& folder, std::size_t at, unsigned depth,
            const PatternVisitor& visitor) const;
  bool match(const std::vector<std::string_view>& names, std::size_t name, std::size_t at) const;

  std::string text_;
  bool absolute_ = false;
  std::vector<Segment> segments_;
};

/// "folder/name"; a name alone for the working folder.
std::string join_path(const std::string& folder, std::string_view name);
/// The folder of a path as it is spelt there; "." for a name alone.
std::string folder_of(const std::string& path);
std::string_view name_of(std::string_view path) noexcept;

}  // namespace weir::components
