#include "weir/document.hpp"

#include <limits>

namespace weir {

const Value* Value::find(std::string_view name) const noexcept {
  const std::span<const Field> all = fields();
  for (auto field = all.rbegin(); field != all.rend(); ++field) {
    if (field->name == name) return &field->value;
  }
  return nullptr;
}

const Value* Value::find_path(std::string_view path) const noexcept {
  if (const Value* found = find(path)) return found;
  for (std::size_t dot = path.find('.'); dot != path.npos; dot = path.find('.', dot + 1)) {
    const Value* child = find(path.substr(0, dot));
    if (child == nullptr) continue;
    if (const Value* found = child->find_path(path.substr(dot + 1))) return found;
  }
  return nullptr;
}

namespace {

// Has 64 bits for digits where integers of 64 bits are compared with reals: nothing is rounded.
using Wide = long double;
static_assert(std::numeric_limits<Wide>::digits >= 64);

Wide wide(const Value& number) noexcept {
  switch (number.kind()) {
    case ValueKind::integer: return static_cast<Wide>(number.as_integer());
    case ValueKind::unsigned_integer: return static_cast<Wide>(number.as_unsigned());
    default: return static_cast<Wide>(number.as_real());
  }
}

}  // namespace

std::partial_ordering compare_numbers(const Value& left, const Value& right) noexcept {
  if (!left.is_number() || !right.is_number()) return std::partial_ordering::unordered;
  if (left.kind() == ValueKind::integer && right.kind() == ValueKind::integer) {
    return left.as_integer() <=> right.as_integer();
  }
  if (left.kind() == ValueKind::real && right.kind() == ValueKind::real) {
    return left.as_real() <=> right.as_real();
  }
  return wide(left) <=> wide(right);
}

bool operator==(const Value& left, const Value& right) noexcept {
  if (left.is_number() && right.is_number()) return std::is_eq(compare_numbers(left, right));
  if (left.kind() != right.kind()) return false;
  switch (left.kind()) {
    case ValueKind::boolean: return left.as_boolean() == right.as_boolean();
    case ValueKind::text: return left.as_text() == right.as_text();
    case ValueKind::list: {
      const auto a = left.items();
      const auto b = right.items();
      if (a.size() != b.size()) return false;
      for (std::size_t i = 0; i < a.size(); ++i) {
        if (!(a[i] == b[i])) return false;
      }
      return true;
    }
    case ValueKind::map: {
      const auto a = left.fields();
      if (a.size() != right.fields().size()) return false;
      for (const Field& field : a) {
        const Value* other = right.find(field.name);
        if (other == nullptr || !(field.value == *other)) return false;
      }
      return true;
    }
    default: return true;
  }
}

}  // namespace weir
