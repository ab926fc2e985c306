#include "core/_condition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <compare>
#include <functional>
#include <utility>

#include "weir/setting_value.hpp"

namespace weir::components {
namespace {

std::vector<Condition> read_list(const SettingField& field, Document& arena, Problems& problems) {
  std::vector<Condition> list;
  if (field.value.kind != Setting::Kind::list || field.value.items.empty()) {
    problems.error(field.value.at,
                   fmt::format("{0} needs a list of conditions: {0}: [{{field: a, equals: 1}}, "
                               "{{field: b, exists: true}}]",
                               field.name));
    return list;
  }
  for (const Setting& item : field.value.items) list.emplace_back(item, arena, problems);
  return list;
}

std::vector<Value> read_values(const Setting& setting, Document& arena) {
  std::vector<Value> values;
  if (setting.kind != Setting::Kind::list) return {to_value(setting, arena)};
  for (const Setting& item : setting.items) values.push_back(to_value(item, arena));
  return values;
}

// Numbers by value and texts by their bytes; nothing else has an order.
template <class Holds>
bool compare(const Value& left, const Value& right, Holds holds) {
  if (left.kind() == ValueKind::integer && right.kind() == ValueKind::integer) {
    return holds(left.as_integer(), right.as_integer());
  }
  if (left.is_number() && right.is_number()) {
    const std::partial_ordering order = compare_numbers(left, right);
    if (order == std::partial_ordering::unordered) return false;
    return holds(std::is_lt(order) ? -1 : static_cast<int>(std::is_gt(order)), 0);
  }
  if (left.kind() == ValueKind::text && right.kind() == ValueKind::text) {
    return holds(left.as_text(), right.as_text());
  }
  return false;
}

bool contains(const std::vector<Value>& values, const Value& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

}  // namespace

Condition::Condition(const Setting& setting, Document& arena, Problems& problems) {
  if (setting.kind != Setting::Kind::map) {
    problems.error(
        setting.at,
        "a condition is a map such as {field: status, at_least: 500}; put a list of them "
        "under all, any or none");
    return;
  }
  for (const SettingField& field : setting.fields) read(field, arena, problems);
  tests_value_ = in_ || not_in_ || pattern_ || at_least_ || below_ || exists_;
  has_parts_ = !all_.empty() || !any_.empty() || !none_.empty();
  if (setting.fields.empty() || (setting.fields.size() == 1 && !field_.empty())) {
    problems.error(setting.at, fmt::format("the condition tests nothing; known here: {}", keys));
  }
  if (exists_ && field_.empty()) {
    problems.error(setting.find("exists")->at,
                   "exists needs a field: {field: status, exists: true}");
  }
}

Condition::~Condition() = default;
Condition::Condition(Condition&&) noexcept = default;
Condition& Condition::operator=(Condition&&) noexcept = default;

void Condition::read(const SettingField& field, Document& arena, Problems& problems) {
  const Setting& value = field.value;
  const auto scalar = [&](std::string_view instead) {
    if (value.is_scalar()) return true;
    problems.error(value.at, fmt::format("{} takes one plain value{}", field.name, instead));
    return false;
  };
  const auto bound = [&]() -> std::optional<Value> {
    if (value.kind == Setting::Kind::integer || value.kind == Setting::Kind::number ||
        value.kind == Setting::Kind::text) {
      return to_value(value, arena);
    }
    problems.error(value.at, fmt::format("{} takes a number or a text", field.name));
    return {};
  };
  if (field.name == "field") {
    field_ = FieldPath(value.text);
    if (!value.is_scalar() || field_.empty()) {
      problems.error(value.at, "field takes the name of a field, such as status or request.method");
    }
  } else if (field.name == "equals") {
    if (scalar("; use in for a list of them")) in_ = read_values(value, arena);
  } else if (field.name == "in") {
    in_ = read_values(value, arena);
    if (value.kind != Setting::Kind::list) {
      problems.error(value.at, "in takes a list of values: in: [404, 410]");
    }
  } else if (field.name == "not") {
    not_in_ = read_values(value, arena);
    if (value.kind == Setting::Kind::map) {
      problems.error(value.at, "not takes a value or a list of values; use none for conditions");
    }
  } else if (field.name == "matches") {
    read_pattern(value, problems);
  } else if (field.name == "at_least") {
    at_least_ = bound();
  } else if (field.name == "below") {
    below_ = bound();
  } else if (field.name == "exists") {
    exists_ = value.boolean;
    if (value.kind != Setting::Kind::boolean) {
      problems.error(value.at, "exists takes true or false");
    }
  } else if (field.name == "all") {
    all_ = read_list(field, arena, problems);
  } else if (field.name == "any") {
    any_ = read_list(field, arena, problems);
  } else if (field.name == "none") {
    none_ = read_list(field, arena, problems);
  } else {
    problems.error(field.at, fmt::format("unknown test \"{}\"; known here: {}", field.name, keys));
  }
}

void Condition::read_pattern(const Setting& value, Problems& problems) {
  if (!value.is_scalar()) {
    problems.error(value.at, "matches takes a regular expression in RE2's syntax");
    return;
  }
  pattern_ = std::make_unique<Pattern>(value.text);
  if (std::string fault = pattern_->fault(); !fault.empty()) {
    problems.error(value.at, std::move(fault));
  }
}

bool Condition::needs_document() const {
  const auto need = [](const std::vector<Condition>& list) {
    return std::any_of(list.begin(), list.end(),
                       [](const Condition& condition) { return condition.needs_document(); });
  };
  return !field_.empty() || need(all_) || need(any_) || need(none_);
}

inline bool Condition::value_holds(const Value& value) const {
  if (in_ && !contains(*in_, value)) return false;
  if (not_in_ && contains(*not_in_, value)) return false;
  if (at_least_ && !compare(value, *at_least_, std::greater_equal<>())) return false;
  if (below_ && !compare(value, *below_, std::less<>())) return false;
  if (pattern_) {
    if (value.kind() != ValueKind::text || !pattern_->found_in(value.as_text())) return false;
  }
  return true;
}

bool Condition::tests_hold(const Value& payload) const {
  const Value* value = field_.empty() ? &payload : field_.find(payload);
  if (exists_ && *exists_ != (value != nullptr)) return false;
  const bool only_absence = exists_ && !*exists_;
  return only_absence || (value != nullptr && value_holds(*value));
}

bool Condition::parts_hold(const Value& payload) const {
  const auto holds_here = [&](const Condition& condition) { return condition.holds(payload); };
  if (!std::all_of(all_.begin(), all_.end(), holds_here)) return false;
  if (!any_.empty() && std::none_of(any_.begin(), any_.end(), holds_here)) return false;
  return std::none_of(none_.begin(), none_.end(), holds_here);
}

}  // namespace weir::components
