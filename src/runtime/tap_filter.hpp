// A condition on packets, written as FIELD OPERATOR VALUE: "status>=500", "service=api",
// "request.method!=GET", "message~timeout". Immutable, safe from any thread.
//
//   FIELD      a field of a document, with dots for fields inside fields; "@name" for an attribute;
//              empty for the payload itself ("~timeout" on lines of text, ">=10" on numbers)
//   OPERATOR   = != < <= > >= or ~, which is: contains this text
//   VALUE      compared as a number where both are one (also as text), else as text
//
// A packet without the field fulfils nothing, != included.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "weir/packet.hpp"

namespace weir::runtime {

/// The text is no condition; says what is wrong and how one is written.
class BadTapFilter : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class TapFilter {
 public:
  /// Throws BadTapFilter.
  explicit TapFilter(std::string_view text);

  bool matches(const Packet& packet) const noexcept;

 private:
  enum class Operator : std::uint8_t { equal, unequal, less, at_most, greater, at_least, contains };

  bool matches(std::string_view text) const noexcept;
  bool matches_number(const Value& number) const noexcept;
  bool matches(const Value& value) const noexcept;
  template <class Order>
  bool fits(Order order) const noexcept;

  std::string field_;
  Operator operator_ = Operator::equal;
  std::string value_;
  /// The value as a number, if it is one.
  std::optional<Value> number_;
};

}  // namespace weir::runtime
