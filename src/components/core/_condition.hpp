// The conditions of core/filter: what `where` says, compiled once and asked for every packet.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/_path.hpp"
#include "core/_pattern.hpp"
#include "core/_payload.hpp"
#include "weir/document.hpp"
#include "weir/setting.hpp"

namespace weir::components {

/// One level of `where`: all tests that it names must hold. A test of a field that is missing does
/// not hold, except `exists: false`. Values of another kind than the test asks for do not match.
class Condition {
 public:
  /// Compiles a setting; every mistake goes to `problems` with its place. Texts are kept in
  /// `arena`.
  Condition(const Setting& setting, Document& arena, Problems& problems);
  ~Condition();
  Condition(Condition&&) noexcept;
  Condition& operator=(Condition&&) noexcept;

  /// Throws Failure of kind `parse` if a pattern cannot be looked for in bytes that are not UTF-8.
  bool holds(const Value& payload) const {
    return (!tests_value_ || tests_hold(payload)) && (!has_parts_ || parts_hold(payload));
  }
  /// True if it looks at a field anywhere, so that only documents make sense.
  bool needs_document() const;

  static constexpr std::string_view keys =
      "field, equals, not, in, matches, at_least, below, exists, all, any, none";

 private:
  void read(const SettingField& field, Document& arena, Problems& problems);
  void read_pattern(const Setting& value, Problems& problems);
  bool tests_hold(const Value& payload) const;
  bool value_holds(const Value& value) const;
  bool parts_hold(const Value& payload) const;

  FieldPath field_;
  bool tests_value_ = false;
  std::optional<std::vector<Value>> in_;
  std::optional<std::vector<Value>> not_in_;
  std::unique_ptr<Pattern> pattern_;
  std::optional<Value> at_least_;
  std::optional<Value> below_;
  std::optional<bool> exists_;
  bool has_parts_ = false;
  std::vector<Condition> all_;
  std::vector<Condition> any_;
  std::vector<Condition> none_;
};

}  // namespace weir::components
