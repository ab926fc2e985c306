#include "weir/setting.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace weir {
namespace {

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (text == word) return true;
  }
  return false;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// A whole number as YAML's core schema writes it, sign and radix prefix included.
std::optional<std::int64_t> parse_integer(std::string_view text) {
  int radix = 10;
  std::string_view digits = text;
  if (text.starts_with("0x") || text.starts_with("0o")) {
    radix = text[1] == 'x' ? 16 : 8;
    digits.remove_prefix(2);
    if (digits.starts_with('-')) return {};
  } else if (text.starts_with('+')) {
    digits.remove_prefix(1);
    if (digits.starts_with('-')) return {};
  }
  std::int64_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, radix);
  if (error != std::errc() || end != digits.data() + digits.size()) return {};
  return value;
}

/// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool looks_like_number(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t first = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i - first;
  };
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
  const std::size_t whole = digits();
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (digits() == 0 && whole == 0) return false;
  } else if (whole == 0) {
    return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

std::optional<double> parse_number(std::string_view text) {
  const std::string_view unsigned_text =
      text.starts_with('-') || text.starts_with('+') ? text.substr(1) : text;
  if (one_of(unsigned_text, {".inf", ".Inf", ".INF"})) {
    const double infinity = std::numeric_limits<double>::infinity();
    return text.starts_with('-') ? -infinity : infinity;
  }
  if (one_of(text, {".nan", ".NaN", ".NAN"})) return std::numeric_limits<double>::quiet_NaN();
  if (!looks_like_number(text)) return {};
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) {
    // from_chars does not tell too large from too small.
    const bool tiny =
        text.find("e-") != std::string_view::npos || text.find("E-") != std::string_view::npos;
    return tiny ? 0.0
                : std::copysign(std::numeric_limits<double>::infinity(),
                                text.starts_with('-') ? -1.0 : 1.0);
  }
  return value;
}

}  // namespace

const Setting* Setting::find(std::string_view name) const noexcept {
  for (const SettingField& field : fields) {
    if (field.name == name) return &field.value;
  }
  return nullptr;
}

Setting Setting::plain(std::string text, Location at) {
  Setting setting;
  setting.at = at;
  if (one_of(text, {"", "~", "null", "Null", "NULL"})) {
    setting.kind = Kind::null;
  } else if (one_of(text, {"true", "True", "TRUE"})) {
    setting.kind = Kind::boolean;
    setting.boolean = true;
  } else if (one_of(text, {"false", "False", "FALSE"})) {
    setting.kind = Kind::boolean;
  } else if (const auto integer = parse_integer(text)) {
    setting.kind = Kind::integer;
    setting.integer = *integer;
    setting.number = static_cast<double>(*integer);
  } else if (const auto number = parse_number(text)) {
    setting.kind = Kind::number;
    setting.number = *number;
  } else {
    setting.kind = Kind::text;
  }
  setting.text = std::move(text);
  return setting;
}

Setting Setting::quoted_text(std::string text, Location at) {
  Setting setting;
  setting.kind = Kind::text;
  setting.quoted = true;
  setting.text = std::move(text);
  setting.at = at;
  return setting;
}

}  // namespace weir
