#include "weir/units.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace weir {
namespace {

using namespace std::chrono_literals;

TEST(Units, DurationsAreExact) {
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_duration("2m"), 2min);
  EXPECT_EQ(parse_duration("1h"), 1h);
  EXPECT_EQ(parse_duration("20us"), 20us);
  EXPECT_EQ(parse_duration("10ns"), 10ns);
  EXPECT_EQ(parse_duration("7d"), 168h);
  EXPECT_EQ(parse_duration("0"), 0ns);
  EXPECT_EQ(parse_duration("0s"), 0ns);
  EXPECT_EQ(parse_duration("0.1s"), 100ms);
  EXPECT_EQ(parse_duration("0.0000000015s"), 2ns);
  EXPECT_EQ(parse_duration("1.00000000000000000000000000000001s"), 1s);
}

TEST(Units, DurationsOfAnotherFormAreRefused) {
  for (const char* text : {"", "5", "s", "-1s", "+1s", "1 s", "1s ", ".5s", "1.s", "1e3s", "1S",
                           "1sec", "1h30m", "0x1s", "1.5.2s", "1..5s"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Units, DurationsOutOfRangeAreRefused) {
  EXPECT_EQ(parse_duration("9223372036854775807ns"), Duration::max());
  EXPECT_FALSE(parse_duration("9223372036854775808ns"));
  EXPECT_FALSE(parse_duration("106752d"));
  EXPECT_FALSE(parse_duration("18446744073709551615d"));
  EXPECT_FALSE(parse_duration("99999999999999999999s"));
}

TEST(Units, SizesKnowBinaryAndDecimalUnits) {
  EXPECT_EQ(parse_size("64KiB"), 65536U);
  EXPECT_EQ(parse_size("10MB"), 10'000'000U);
  EXPECT_EQ(parse_size("1GiB"), 1ULL << 30);
  EXPECT_EQ(parse_size("2TB"), 2'000'000'000'000U);
  EXPECT_EQ(parse_size("512B"), 512U);
  EXPECT_EQ(parse_size("4096"), 4096U);
  EXPECT_EQ(parse_size("1kB"), 1000U);
  EXPECT_EQ(parse_size("1.5KiB"), 1536U);
  EXPECT_EQ(parse_size("0"), 0U);
  EXPECT_EQ(parse_size("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
}

TEST(Units, SizesOfAnotherFormOrOutOfRangeAreRefused) {
  for (const char* text : {"", "KiB", "-1", "1.5", "1.5B", "1K", "1kib", "1 KiB", "1e3",
                           "18446744073709551616", "16777216TiB"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

TEST(Units, RatesAreEventsASecond) {
  EXPECT_DOUBLE_EQ(*parse_rate("1000/s"), 1000);
  EXPECT_DOUBLE_EQ(*parse_rate("30/m"), 0.5);
  EXPECT_DOUBLE_EQ(*parse_rate("3600/h"), 1);
  EXPECT_DOUBLE_EQ(*parse_rate("0.5/ms"), 500);
  for (const char* text : {"", "1000", "/s", "1000/", "1/x", "-1/s", "1/2s", "1 /s", "1e3/s"}) {
    EXPECT_FALSE(parse_rate(text)) << text;
  }
}

TEST(Units, DurationsAreWrittenInTheShortestExactForm) {
  EXPECT_EQ(format_duration(250ms), "250ms");
  EXPECT_EQ(format_duration(1500ms), "1.5s");
  EXPECT_EQ(format_duration(90s), "90s");
  EXPECT_EQ(format_duration(60s), "1m");
  EXPECT_EQ(format_duration(24h), "1d");
  EXPECT_EQ(format_duration(1ns), "1ns");
  EXPECT_EQ(format_duration(1s + 1ns), "1000000001ns");
  EXPECT_EQ(format_duration(0ns), "0s");
  EXPECT_EQ(format_duration(-5ms), "-5ms");
  EXPECT_EQ(format_duration(Duration::min()), "-9223372036854775808ns");
}

TEST(Units, WrittenDurationsReadBackTheSame) {
  for (const Duration value : {Duration(1), Duration(123456789), Duration(61s), Duration(36h),
                               Duration(1s + 1ms), Duration::max()}) {
    EXPECT_EQ(parse_duration(format_duration(value)), value) << format_duration(value);
  }
}

TEST(Units, SizesAreWrittenInBinaryUnits) {
  EXPECT_EQ(format_size(0), "0B");
  EXPECT_EQ(format_size(1000), "1000B");
  EXPECT_EQ(format_size(65536), "64KiB");
  EXPECT_EQ(format_size(1536), "1.5KiB");
  EXPECT_EQ(format_size(1ULL << 30), "1GiB");
  EXPECT_EQ(format_size(1ULL << 50), "1024TiB");
}

}  // namespace
}  // namespace weir
