// How numbers in text are read: one rule for settings, parsers and whatever else meets one.
// Pure functions, safe to call from any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "weir/document.hpp"

namespace weir {

enum class NumberFault : std::uint8_t {
  none,
  not_a_number,
  /// A number, but an integer beyond 64 bits, or beyond what a double holds: no value stands for it
  /// without changing it.
  out_of_range
};

/// What a text spells. `value` is a number if there is no fault, else null.
struct NumberText {
  Value value;
  NumberFault fault = NumberFault::none;
};

/// Reads a decimal number that is all of `text`: a sign, digits, a point, an exponent. Without a
/// point and an exponent it is an integer, exact, from -2^63 to 2^64 - 1; else a real, rounded to
/// the nearest double, and 0 where it is too small for one. Words such as "inf" are no numbers.
NumberText read_number(std::string_view text);

/// What is wrong, to follow the name of a value in a message: "is not a number". Empty for none.
std::string_view describe(NumberFault fault) noexcept;

}  // namespace weir
