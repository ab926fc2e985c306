#include "file/_pattern.hpp"

#include <dirent.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

namespace weir::components {
namespace {

constexpr std::size_t alternatives_most = 1000;
constexpr unsigned depth_most = 100;

bool is_wild(std::string_view segment) {
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] == '\\') {
      ++i;
    } else if (segment[i] == '*' || segment[i] == '?' || segment[i] == '[') {
      return true;
    }
  }
  return false;
}

std::string without_backslashes(std::string_view segment) {
  std::string text;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] == '\\' && i + 1 < segment.size()) ++i;
    text += segment[i];
  }
  return text;
}

/// The first brace with a comma in it: where it opens, its commas, and where it closes.
std::vector<std::size_t> find_brace(const std::string& text) {
  for (std::size_t open = 0; open < text.size(); ++open) {
    if (text[open] == '\\') ++open;
    if (open >= text.size() || text[open] != '{') continue;
    std::vector<std::size_t> marks{open};
    unsigned depth = 0;
    for (std::size_t i = open + 1; i < text.size(); ++i) {
      if (text[i] == '\\') {
        ++i;
      } else if (text[i] == '{') {
        ++depth;
      } else if (text[i] == ',' && depth == 0) {
        marks.push_back(i);
      } else if (text[i] == '}' && depth-- == 0) {
        marks.push_back(i);
        if (marks.size() > 2) return marks;
        break;
      }
    }
  }
  return {};
}

/// False if there are too many.
bool alternatives(const std::string& text, std::vector<std::string>& into) {
  const std::vector<std::size_t> marks = find_brace(text);
  if (marks.empty()) {
    into.push_back(text);
    return into.size() <= alternatives_most;
  }
  for (std::size_t i = 0; i + 1 < marks.size(); ++i) {
    const std::string one = text.substr(marks[i] + 1, marks[i + 1] - marks[i] - 1);
    if (!alternatives(text.substr(0, marks.front()) + one + text.substr(marks.back() + 1), into)) {
      return false;
    }
  }
  return true;
}

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> names;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view name = path.substr(0, slash);
    if (!name.empty() && name != ".") names.push_back(name);
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return names;
}

enum class Entry { file, folder, link_to_folder, none };

Entry look_at(const std::string& path, unsigned char type) {
  struct stat status {};
  switch (type) {
    case DT_DIR: return Entry::folder;
    case DT_UNKNOWN:
      if (::lstat(path.c_str(), &status) != 0) return Entry::none;
      if (S_ISDIR(status.st_mode)) return Entry::folder;
      if (!S_ISLNK(status.st_mode)) return Entry::file;
      [[fallthrough]];
    case DT_LNK:
      // A link that leads nowhere is a file that is not there yet.
      return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) ? Entry::link_to_folder
                                                                           : Entry::file;
    default: return Entry::file;
  }
}

/// Calls visit(name, entry) for everything in a folder.
template <class Visit>
void list(const std::string& folder, const PatternVisitor& visitor, const Visit& visit) {
  if (visitor.folder) visitor.folder(folder);
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.c_str()), ::closedir);
  if (open == nullptr) {
    if (visitor.failed && errno != ENOENT && errno != ENOTDIR) visitor.failed(folder, errno);
    return;
  }
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") visit(entry->d_name, entry->d_type);
  }
}

}  // namespace

std::string join_path(const std::string& folder, std::string_view name) {
  if (folder == ".") return std::string(name);
  std::string path = folder;
  if (!path.ends_with('/')) path += '/';
  return path.append(name);
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string_view name_of(std::string_view path) noexcept {
  return path.substr(path.rfind('/') + 1);
}

std::vector<PathPattern> PathPattern::parse(const std::string& text) {
  std::vector<std::string> texts;
  if (!alternatives(text, texts)) texts = {text};
  std::vector<PathPattern> patterns;
  patterns.reserve(texts.size());
  for (const std::string& each : texts) patterns.push_back(PathPattern(each));
  return patterns;
}

PathPattern PathPattern::literal(const std::string& path) {
  PathPattern pattern;
  pattern.text_ = path;
  pattern.absolute_ = path.starts_with('/');
  for (const std::string_view name : split(path)) {
    pattern.segments_.push_back({Kind::literal, std::string(name)});
  }
  return pattern;
}

PathPattern::PathPattern(const std::string& text) : text_(text), absolute_(text.starts_with('/')) {
  for (const std::string_view name : split(text)) {
    if (name == "**") {
      segments_.push_back({Kind::any_depth, "**"});
    } else if (is_wild(name)) {
      segments_.push_back({Kind::wild, std::string(name)});
    } else {
      segments_.push_back({Kind::literal, without_backslashes(name)});
    }
  }
  // "logs/**" means the files below.
  if (!segments_.empty() && segments_.back().kind == Kind::any_depth) {
    segments_.push_back({Kind::wild, "*"});
  }
  if (!has_wildcards()) text_ = without_backslashes(text);
}

bool PathPattern::has_wildcards() const noexcept {
  for (const Segment& segment : segments_) {
    if (segment.kind != Kind::literal) return true;
  }
  return false;
}

bool PathPattern::matches(std::string_view path) const {
  return path.starts_with('/') == absolute_ && match(split(path), 0, 0);
}

bool PathPattern::match(const std::vector<std::string_view>& names, std::size_t name,
                        std::size_t at) const {
  if (at == segments_.size()) return name == names.size();
  const Segment& segment = segments_[at];
  if (segment.kind == Kind::any_depth) {
    for (std::size_t next = name; next < names.size(); ++next) {
      if (match(names, next, at + 1)) return true;
      if (names[next].starts_with('.')) return false;
    }
    return false;
  }
  if (name == names.size()) return false;
  const bool fits =
      segment.kind == Kind::literal
          ? names[name] == segment.text
          : ::fnmatch(segment.text.c_str(), std::string(names[name]).c_str(), FNM_PERIOD) == 0;
  return fits && match(names, name + 1, at + 1);
}

PathPattern PathPattern::canonical() const {
  std::size_t fixed = 0;
  while (fixed < segments_.size() && segments_[fixed].kind == Kind::literal) ++fixed;
  std::string start = absolute_ ? "/" : ".";
  for (std::size_t i = 0; i < fixed; ++i) start += "/" + segments_[i].text;
  std::error_code error;
  std::filesystem::path real = std::filesystem::weakly_canonical(start, error);
  if (error) real = std::filesystem::absolute(start, error).lexically_normal();
  PathPattern pattern = literal(real.string());
  pattern.segments_.insert(pattern.segments_.end(),
                           segments_.begin() + static_cast<std::ptrdiff_t>(fixed), segments_.end());
  return pattern;
}

void PathPattern::expand(const PatternVisitor& visitor) const {
  if (!has_wildcards()) {
    visitor.file(text_);
    return;
  }
  walk(absolute_ ? "/" : ".", 0, 0, visitor);
}

void PathPattern::walk(const std::string& folder, std::size_t at, unsigned depth,
                       const PatternVisitor& visitor) const {
  const Segment& segment = segments_[at];
  const bool last = at + 1 == segments_.size();
  if (segment.kind == Kind::literal) {
    const std::string path = join_path(folder, segment.text);
    if (!last) return walk(path, at + 1, depth, visitor);
    // Its folder is watched, since the file may come.
    if (visitor.folder) visitor.folder(folder);
    const Entry entry = look_at(path, DT_UNKNOWN);
    if (entry == Entry::file) visitor.file(path);
    return;
  }
  const bool any_depth = segment.kind == Kind::any_depth;
  if (any_depth) walk(folder, at + 1, depth, visitor);
  std::vector<std::string> folders;
  list(folder, visitor, [&](const char* name, unsigned char type) {
    if (any_depth ? *name == '.' : ::fnmatch(segment.text.c_str(), name, FNM_PERIOD) != 0) return;
    std::string path = join_path(folder, name);
    const Entry entry = look_at(path, type);
    // ** does not follow links, which may lead round in circles.
    const bool enter = entry == Entry::folder || (!any_depth && entry == Entry::link_to_folder);
    if (enter && !last) folders.push_back(std::move(path));
    if (last && entry == Entry::file) visitor.file(path);
  });
  if (depth == depth_most) return;
  for (const std::string& each : folders) {
    walk(each, any_depth ? at : at + 1, depth + 1, visitor);
  }
}

}  // namespace weir::components
