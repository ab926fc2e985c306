#include "runtime/tap_filter.hpp"

#include <fmt/format.h>

#include <array>
#include <compare>
#include <utility>

#include "weir/advice.hpp"
#include "weir/number.hpp"

namespace weir::runtime {
namespace {

// A payload is searched for a text up to here.
constexpr std::size_t searched_bytes = 64 * 1024;

std::optional<Value> to_number(std::string_view text) {
  const NumberText read = read_number(text);
  return read.fault == NumberFault::none ? std::optional(read.value) : std::nullopt;
}

}  // namespace

TapFilter::TapFilter(std::string_view text) {
  using enum Operator;
  // The longer of two that begin alike comes first.
  constexpr std::array<std::pair<std::string_view, Operator>, 7> operators{{{"!=", unequal},
                                                                            {"<=", at_most},
                                                                            {">=", at_least},
                                                                            {"=", equal},
                                                                            {"<", less},
                                                                            {">", greater},
                                                                            {"~", contains}}};
  const std::size_t at = text.find_first_of("!=<>~");
  const std::string_view rest = text.substr(std::min(at, text.size()));
  for (const auto& [word, meaning] : operators) {
    if (!rest.starts_with(word)) continue;
    field_ = text.substr(0, at);
    operator_ = meaning;
    value_ = rest.substr(word.size());
    const NumberText number = read_number(value_);
    if (number.fault == NumberFault::none) number_ = number.value;
    // As a text it still is equal to another, or not.
    const bool text_will_do = operator_ == equal || operator_ == unequal || operator_ == contains;
    if (number.fault == NumberFault::out_of_range && !text_will_do) {
      throw BadTapFilter(
          fmt::format("{} in {} {}", quote(value_), quote(text), describe(number.fault)));
    }
    if (operator_ == contains && value_.empty()) break;
    return;
  }
  throw BadTapFilter(
      fmt::format("{} is no condition; write FIELD, one of = != < <= > >= ~ and a value, such as "
                  "status>=500, service=api or message~timeout",
                  quote(text)));
}

template <class Order>
bool TapFilter::fits(Order order) const noexcept {
  switch (operator_) {
    case Operator::equal: return std::is_eq(order);
    case Operator::unequal: return std::is_neq(order);
    case Operator::less: return std::is_lt(order);
    case Operator::at_most: return std::is_lteq(order);
    case Operator::greater: return std::is_gt(order);
    case Operator::at_least: return std::is_gteq(order);
    case Operator::contains: return false;
  }
  return false;
}

bool TapFilter::matches_number(const Value& number) const noexcept {
  if (number_) return fits(compare_numbers(number, *number_));
  return operator_ == Operator::unequal;
}

bool TapFilter::matches(std::string_view text) const noexcept {
  if (operator_ == Operator::contains) {
    return text.substr(0, searched_bytes).find(value_) != std::string_view::npos;
  }
  if (number_) {
    if (const std::optional<Value> number = to_number(text)) {
      return fits(compare_numbers(*number, *number_));
    }
  }
  return fits(text <=> std::string_view(value_));
}

bool TapFilter::matches(const Value& value) const noexcept {
  switch (value.kind()) {
    case ValueKind::text: return matches(value.as_text());
    case ValueKind::boolean:
      return matches(std::string_view(value.as_boolean() ? "true" : "false"));
    case ValueKind::null: return matches(std::string_view("null"));
    case ValueKind::list:
    case ValueKind::map: return false;
    default: return matches_number(value);
  }
}

bool TapFilter::matches(const Packet& packet) const noexcept {
  if (field_.starts_with('@')) {
    const std::string_view text = packet.attribute(std::string_view(field_).substr(1));
    return text.data() != nullptr && matches(text);
  }
  switch (packet.kind()) {
    case PayloadKind::document: {
      const Document& document = packet.as_document();
      const Value* value = field_.empty() ? &document.root() : document.find_path(field_);
      return value != nullptr && matches(*value);
    }
    case PayloadKind::bytes: return field_.empty() && matches(packet.as_bytes());
    case PayloadKind::number:
      return field_.empty() &&
             matches_number(packet.is_real() ? Value::real(packet.as_real())
                                             : Value::integer(packet.as_integer()));
    case PayloadKind::nothing:
    case PayloadKind::object: break;
  }
  return false;
}

}  // namespace weir::runtime
