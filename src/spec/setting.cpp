#include "weir/setting.hpp"

#include <charconv>
#include <cstdlib>
#include <limits>
#include <optional>
#include <system_error>

#include "weir/number.hpp"

namespace weir {
namespace {

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (text == word) return true;
  }
  return false;
}

/// YAML's 0x1F and 0o17; nothing for what is neither.
std::optional<NumberText> read_prefixed(std::string_view text) {
  if (!text.starts_with("0x") && !text.starts_with("0o")) return {};
  const std::string_view digits = text.substr(2);
  std::uint64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, value, text[1] == 'x' ? 16 : 8);
  if (digits.empty() || read.ptr != end || read.ec == std::errc::invalid_argument) return {};
  if (read.ec != std::errc()) return NumberText{{}, NumberFault::out_of_range};
  return NumberText{Value::unsigned_integer(value)};
}

/// The words for what is beyond all numbers.
std::optional<double> read_word(std::string_view text) {
  const std::string_view unsigned_text =
      text.starts_with('-') || text.starts_with('+') ? text.substr(1) : text;
  if (one_of(unsigned_text, {".inf", ".Inf", ".INF"})) {
    const double infinity = std::numeric_limits<double>::infinity();
    return text.starts_with('-') ? -infinity : infinity;
  }
  if (one_of(text, {".nan", ".NaN", ".NAN"})) return std::numeric_limits<double>::quiet_NaN();
  return {};
}

/// Makes the setting a number if its text is one.
bool take_number(Setting& setting, std::string_view text) {
  if (const auto word = read_word(text)) {
    setting.kind = Setting::Kind::number;
    setting.number = *word;
    setting.beyond = true;
    return true;
  }
  const auto prefixed = read_prefixed(text);
  const NumberText read = prefixed ? *prefixed : read_number(text);
  switch (read.fault) {
    case NumberFault::not_a_number: return false;
    case NumberFault::out_of_range:
      setting.kind = Setting::Kind::number;
      setting.number = std::strtod(std::string(text).c_str(), nullptr);
      setting.beyond = true;
      return true;
    case NumberFault::none: break;
  }
  setting.number = read.value.as_real();
  setting.kind = Setting::Kind::number;
  if (read.value.kind() == ValueKind::integer) {
    setting.kind = Setting::Kind::integer;
    setting.integer = read.value.as_integer();
  } else if (read.value.kind() == ValueKind::unsigned_integer) {
    setting.large = read.value.as_unsigned();
  }
  return true;
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
  } else if (!take_number(setting, text)) {
    setting.kind = Kind::text;
  }
  setting.text = std::move(text);
  return setting;
}

Setting Setting::substituted_plain(std::string text, Location at) {
  Setting setting = plain(std::move(text), at);
  setting.substituted = true;
  const bool exponent = setting.kind == Kind::number && !setting.text.starts_with("0x") &&
                        setting.text.find_first_of("eE") != std::string::npos;
  if (exponent && setting.text.find('.') == std::string::npos) {
    setting.kind = Kind::text;
    setting.beyond = false;
  }
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
