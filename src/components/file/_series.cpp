#include "file/_series.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <utility>

namespace weir::components {
namespace {

enum class Rank { dated, numbered, current };

struct Key {
  explicit Key(const std::string& whole) : stem(whole), path(whole) {}

  std::string stem;
  Rank rank = Rank::current;
  // Of dated ones the date as text, and of numbered ones less than the number of an older one.
  std::string date;
  long number = 0;
  std::string path;

  bool operator<(const Key& other) const {
    return std::tie(stem, rank, date, number, path) <
           std::tie(other.stem, other.rank, other.date, other.number, other.path);
  }
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// What a rotation adds to a name begins here: ".2", "-20240131", ".2024-01-31_12". `npos` if there
/// is nothing such.
std::size_t suffix_start(std::string_view path) {
  std::size_t start = std::string_view::npos;
  for (std::size_t i = path.size(); i-- > 0;) {
    const char c = path[i];
    if (c == '.' || c == '-') {
      if (i + 1 < path.size() && is_digit(path[i + 1])) start = i;
    } else if (!is_digit(c) && c != '_' && c != ':' && c != 'T') {
      break;
    }
  }
  return start;
}

std::string_view without_compression(std::string_view path) {
  for (const std::string_view ending : {".gz", ".zst", ".bz2", ".xz", ".lz4"}) {
    if (path.ends_with(ending)) return path.substr(0, path.size() - ending.size());
  }
  return path;
}

/// Where the suffix of a rotation begins in a path, `npos` if it has none.
std::size_t rotation_start(std::string_view path) {
  const std::size_t start = path.ends_with('/') ? std::string_view::npos : suffix_start(path);
  if (start == std::string_view::npos || start == 0 || path[start - 1] == '/') {
    return std::string_view::npos;
  }
  return start;
}

Key key_of(const std::string& path, const std::unordered_set<std::string>& all) {
  Key key(path);
  const std::string_view name = without_compression(path);
  const std::size_t start = rotation_start(name);
  if (start == std::string_view::npos) return key;
  const std::string_view suffix = name.substr(start + 1);
  const auto digits = std::count_if(suffix.begin(), suffix.end(), is_digit);
  const bool all_digits = static_cast<std::size_t>(digits) == suffix.size();
  const std::string stem(name.substr(0, start));
  if (digits >= 6) {
    key.rank = Rank::dated;
    key.date = suffix;
  } else if (all_digits && name[start] == '.' && suffix.front() != '0') {
    key.rank = Rank::numbered;
    key.number = -std::atol(std::string(suffix).c_str());
  } else {
    return key;
  }
  // "part.1" and the like are pieces that follow one another, unless there is a "part".
  const std::string_view base = std::string_view(stem).substr(stem.rfind('/') + 1);
  if (!all.contains(stem) && base.find('.', 1) == std::string_view::npos) return Key(path);
  key.stem = stem;
  return key;
}

}  // namespace

std::string series_of(const std::string& path) {
  return std::string(
      without_compression(path).substr(0, rotation_start(without_compression(path))));
}

void sort_oldest_first(std::vector<std::string>& paths) {
  const std::unordered_set<std::string> all(paths.begin(), paths.end());
  std::vector<Key> keys;
  keys.reserve(all.size());
  for (const std::string& path : all) keys.push_back(key_of(path, all));
  std::sort(keys.begin(), keys.end());
  paths.clear();
  for (Key& key : keys) paths.push_back(std::move(key.path));
}

}  // namespace weir::components
