#include "weir/number.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <system_error>

namespace weir {
namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

struct Form {
  bool number = false;
  bool integer = false;
};

/// The form of a number without its sign.
Form form_of(std::string_view text) noexcept {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t first = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i - first;
  };
  const std::size_t whole = digits();
  if (i == text.size()) return {whole != 0, true};
  if (text[i] == '.') {
    ++i;
    if (digits() == 0 && whole == 0) return {};
  } else if (whole == 0) {
    return {};
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    if (digits() == 0) return {};
  }
  return {i == text.size(), false};
}

NumberText read_integer(std::string_view digits, bool negative) noexcept {
  constexpr std::uint64_t least = std::uint64_t{1} << 63;
  std::uint64_t magnitude = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude);
  if (read.ec != std::errc() || (negative && magnitude > least)) {
    return {{}, NumberFault::out_of_range};
  }
  if (!negative) return {Value::unsigned_integer(magnitude)};
  return {Value::integer(static_cast<std::int64_t>(0 - magnitude))};
}

NumberText read_real(std::string_view text, bool negative) {
  double real = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), real);
  if (read.ec == std::errc::result_out_of_range) {
    // from_chars does not tell too large from too small.
    real = std::strtod(std::string(text).c_str(), nullptr);
    if (!std::isfinite(real)) return {{}, NumberFault::out_of_range};
  }
  return {Value::real(negative ? -real : real)};
}

}  // namespace

NumberText read_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const Form form = form_of(text);
  if (!form.number) return {{}, NumberFault::not_a_number};
  return form.integer ? read_integer(text, negative) : read_real(text, negative);
}

std::string_view describe(NumberFault fault) noexcept {
  switch (fault) {
    case NumberFault::none: return {};
    case NumberFault::not_a_number: return "is not a number";
    case NumberFault::out_of_range:
      return "is out of range: integers have 64 bits, other numbers are doubles";
  }
  return {};
}

}  // namespace weir
