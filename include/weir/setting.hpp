// A value read from a graph file, with the place where it stands. Settings are plain data: copying
// one copies its tree. Names the place of every mistake that is found later.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {

/// A place in a graph file, counted from 1; line 0 means no place (the command line, an API call).
struct Location {
  int line = 0;
  int column = 0;
};

struct SettingField;

struct Setting {
  enum class Kind : std::uint8_t { null, boolean, integer, number, text, list, map };

  Kind kind = Kind::null;
  /// Written in quotes in the file: a text whatever it looks like.
  bool quoted = false;
  /// Not in quotes, and a part of it comes from the environment: whoever wrote the file could not
  /// know what it looks like.
  bool substituted = false;
  /// A number that no value can be without being changed: an integer beyond 64 bits, an infinity,
  /// not-a-number.
  bool beyond = false;
  bool boolean = false;
  std::int64_t integer = 0;
  /// The value of an integer or a number.
  double number = 0;
  /// The value of an integer from 2^63 to 2^64 - 1, whose kind is number; else 0.
  std::uint64_t large = 0;
  /// A scalar as written, environment variables replaced.
  std::string text;
  std::vector<Setting> items;
  std::vector<SettingField> fields;
  Location at;

  bool is_scalar() const noexcept { return kind != Kind::list && kind != Kind::map; }
  /// True if a text can be meant: it is one, or came from the environment and only looks like
  /// something else. `text` has its characters.
  bool may_be_text() const noexcept {
    return kind == Kind::text || (substituted && is_scalar() && !text.empty());
  }
  /// The value of a field of a map, or nullptr.
  const Setting* find(std::string_view name) const noexcept;

  /// A scalar typed as YAML's core schema does (null, true, 12, 1.5, else text).
  static Setting plain(std::string text, Location at = {});
  /// The same for a text with parts from the environment. With an exponent and without a point it
  /// stays a text: `12e4567` is a commit, and nobody writes a number so.
  static Setting substituted_plain(std::string text, Location at = {});
  /// A scalar that stays a text.
  static Setting quoted_text(std::string text, Location at = {});
};

struct SettingField {
  std::string name;
  Location at;
  Setting value;
};

/// A mistake in a graph, or with `warning` something doubtful.
struct Problem {
  Location at;
  std::string text;
  bool warning = false;
};

/// Collects all that is wrong, so that a user sees every mistake at once.
class Problems {
 public:
  void error(Location at, std::string text) { list_.push_back({at, std::move(text), false}); }
  void warn(Location at, std::string text) { list_.push_back({at, std::move(text), true}); }
  bool has_errors() const noexcept {
    for (const Problem& problem : list_) {
      if (!problem.warning) return true;
    }
    return false;
  }
  const std::vector<Problem>& list() const noexcept { return list_; }

 private:
  std::vector<Problem> list_;
};

}  // namespace weir
