// Which files a file/read has to read: its paths and patterns, less what it excludes.
#pragma once

#include <string>
#include <vector>

#include "file/_pattern.hpp"
#include "weir/config.hpp"

namespace weir::components {

/// A value; safe to use from any thread.
class FileSelection {
 public:
  /// From the options `path`, `glob` and `exclude`.
  explicit FileSelection(const Config& config);

  /// The files that there are, in the order in which they are to be read; paths without wildcards
  /// whether there is a file or not. The visitor hears of folders alone.
  std::vector<std::string> expand(const PatternVisitor& visitor = {}) const;
  /// True if a file of this path, in the spelling of the paths, is one of them.
  bool selects(const std::string& path) const;
  /// The same for an absolute path without symbolic links.
  bool selects_real(const std::string& path) const;

  /// The paths that stand for themselves.
  const std::vector<std::string>& plain() const noexcept { return plain_; }
  bool has_wildcards() const noexcept { return has_wildcards_; }
  /// As the user wrote it, for messages.
  const std::string& text() const noexcept { return text_; }
  /// What to say after "no file matches": why that may be.
  std::string advice() const;

 private:
  bool excludes(const std::string& path) const;

  // The alternatives of each path that was given.
  std::vector<std::vector<PathPattern>> paths_;
  std::vector<PathPattern> exclude_;
  std::vector<std::string> given_;
  std::vector<std::string> plain_;
  bool has_wildcards_ = false;
  std::string text_;
};

}  // namespace weir::components
