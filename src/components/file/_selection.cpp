#include "file/_selection.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <unordered_set>

#include "file/_identity.hpp"
#include "file/_series.hpp"

namespace weir::components {
namespace {

/// "./a//b" and "a/b" are one path.
std::string tidy(const std::string& path) {
  std::string text;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool begins_name = i == 0 || path[i - 1] == '/';
    if (begins_name && path.compare(i, 2, "./") == 0) {
      ++i;
    } else if (path[i] != '/' || text.empty() || text.back() != '/') {
      text += path[i];
    }
  }
  return text.empty() ? path : text;
}

bool matches_any(const std::vector<PathPattern>& patterns, const std::string& path) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const PathPattern& pattern) { return pattern.matches(path); });
}

}  // namespace

FileSelection::FileSelection(const Config& config) {
  const bool glob = config.boolean("glob");
  for (const std::string& given : config.text_list("path")) {
    given_.push_back(given);
    paths_.push_back(glob ? PathPattern::parse(tidy(given))
                          : std::vector{PathPattern::literal(tidy(given))});
    for (const PathPattern& pattern : paths_.back()) {
      if (pattern.has_wildcards()) {
        has_wildcards_ = true;
      } else {
        plain_.push_back(pattern.text());
      }
    }
    if (!text_.empty()) text_ += ", ";
    text_ += given;
  }
  if (!config.has("exclude")) return;
  for (const std::string& given : config.text_list("exclude")) {
    for (PathPattern& pattern : PathPattern::parse(tidy(given))) {
      exclude_.push_back(std::move(pattern));
    }
  }
}

// A pattern without a slash is one for names, in whatever folder.
bool FileSelection::excludes(const std::string& path) const {
  const std::string name(name_of(path));
  return std::any_of(exclude_.begin(), exclude_.end(), [&](const PathPattern& pattern) {
    return pattern.matches(pattern.text().find('/') == std::string::npos ? name : path);
  });
}

std::vector<std::string> FileSelection::expand(const PatternVisitor& visitor) const {
  std::vector<std::string> all;
  std::unordered_set<std::string> seen;
  for (const std::vector<PathPattern>& alternatives : paths_) {
    std::vector<std::string> some;
    PatternVisitor each = visitor;
    each.file = [&](const std::string& path) {
      if (!excludes(path)) some.push_back(path);
    };
    bool wild = false;
    for (const PathPattern& pattern : alternatives) {
      pattern.expand(each);
      wild = wild || pattern.has_wildcards();
    }
    if (wild) sort_oldest_first(some);
    for (std::string& path : some) {
      if (seen.insert(path).second) all.push_back(std::move(path));
    }
  }
  return all;
}

bool FileSelection::selects(const std::string& path) const {
  return !excludes(path) &&
         std::any_of(paths_.begin(), paths_.end(),
                     [&](const std::vector<PathPattern>& each) { return matches_any(each, path); });
}

bool FileSelection::selects_real(const std::string& path) const {
  const auto real_match = [&](const PathPattern& pattern) {
    return pattern.canonical().matches(path);
  };
  for (const PathPattern& pattern : exclude_) {
    const bool name_only = pattern.text().find('/') == std::string::npos;
    if (name_only ? pattern.matches(name_of(path)) : real_match(pattern)) return false;
  }
  for (const std::vector<PathPattern>& each : paths_) {
    if (std::any_of(each.begin(), each.end(), real_match)) return true;
  }
  // Links below the wildcards, and other names of the same file, show on the disk alone.
  struct stat wanted {};
  if (::stat(path.c_str(), &wanted) != 0) return false;
  const std::vector<std::string> found = expand();
  return std::any_of(found.begin(), found.end(), [&](const std::string& each) {
    struct stat status {};
    return ::stat(each.c_str(), &status) == 0 && identity_of(status) == identity_of(wanted);
  });
}

std::string FileSelection::advice() const {
  for (const std::string& given : given_) {
    if (given.find_first_of("[]{}*?\\") == std::string::npos) continue;
    struct stat status {};
    if (::stat(given.c_str(), &status) == 0) {
      return fmt::format("there is a file that is called {}: to read it, set glob: false", given);
    }
    if (given.find_first_of("[]{}\\") != std::string::npos) {
      return "check the pattern; if brackets, braces or backslashes are part of the name, set "
             "glob: false";
    }
  }
  return "check the pattern";
}

}  // namespace weir::components
