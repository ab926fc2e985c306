#include "weir/number.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace weir {
namespace {

TEST(Number, IntegersAreExactUpTo64Bits) {
  EXPECT_EQ(read_number("0").value.kind(), ValueKind::integer);
  EXPECT_EQ(read_number("+7").value.as_integer(), 7);
  EXPECT_EQ(read_number("-9223372036854775808").value.as_integer(),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(read_number("9223372036854775808").value.kind(), ValueKind::unsigned_integer);
  EXPECT_EQ(read_number("18446744073709551615").value.as_unsigned(), UINT64_MAX);
  for (const char* text : {"18446744073709551616", "-9223372036854775809", "18446744073709551617",
                           "100000000000000000000000000000000000000"}) {
    EXPECT_EQ(read_number(text).fault, NumberFault::out_of_range) << text;
    EXPECT_EQ(read_number(text).value.kind(), ValueKind::null) << text;
  }
}

TEST(Number, AnExponentOrAPointMakesAReal) {
  for (const char* text : {"1.0", "1.", ".5", "1e2", "-0.0", "+.5E-1"}) {
    EXPECT_EQ(read_number(text).value.kind(), ValueKind::real) << text;
  }
  EXPECT_TRUE(std::signbit(read_number("-0.0").value.as_real()));
  EXPECT_EQ(read_number("1e-999").value.as_real(), 0.0);
  EXPECT_TRUE(std::signbit(read_number("-1e-999").value.as_real()));
  EXPECT_EQ(read_number("1e999").fault, NumberFault::out_of_range);
  EXPECT_EQ(read_number("-1e999").fault, NumberFault::out_of_range);
}

TEST(Number, AllElseIsNone) {
  for (const char* text : {"", "-", "+", ".", "+-1", "--1", "1a", " 1", "1 ", "inf", "nan", "0x1F",
                           "1e", "1e+", "1_000", "1.2.3", "e5"}) {
    EXPECT_EQ(read_number(text).fault, NumberFault::not_a_number) << text;
  }
}

TEST(Number, IsComparedExactlyWhateverItsKind) {
  const Value large = Value::unsigned_integer(UINT64_MAX);
  EXPECT_TRUE(std::is_gt(compare_numbers(large, Value::integer(-1))));
  EXPECT_TRUE(std::is_lt(compare_numbers(large, Value::real(18446744073709551616.0))));
  EXPECT_TRUE(std::is_gt(
      compare_numbers(Value::integer(9007199254740993), Value::real(9007199254740992.0))));
  EXPECT_TRUE(Value::integer(1) == Value::real(1.0));
  EXPECT_FALSE(Value::integer(9007199254740993) == Value::real(9007199254740992.0));
  EXPECT_EQ(compare_numbers(Value::text("1"), Value::integer(1)), std::partial_ordering::unordered);
}

}  // namespace
}  // namespace weir
