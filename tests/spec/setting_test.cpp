#include "weir/setting.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace weir {
namespace {

using Kind = Setting::Kind;

TEST(Setting, PlainScalarsAreTypedAsInYamlsCoreSchema) {
  for (const char* text : {"", "~", "null", "Null", "NULL"}) {
    EXPECT_EQ(Setting::plain(text).kind, Kind::null) << text;
  }
  for (const char* text : {"true", "True", "TRUE"}) {
    EXPECT_EQ(Setting::plain(text).kind, Kind::boolean) << text;
    EXPECT_TRUE(Setting::plain(text).boolean) << text;
  }
  EXPECT_EQ(Setting::plain("False").kind, Kind::boolean);
  EXPECT_FALSE(Setting::plain("False").boolean);
  for (const char* text :
       {"yes", "no", "on", "off", "nULL",  "tRUE", "1a",  "--1",   "0x",   "0o8",  "+-1",
        "1e",  ".",  "-",  "+",   "1.2.3", "inf",  "nan", "1_000", "0x-1", "250ms"}) {
    EXPECT_EQ(Setting::plain(text).kind, Kind::text) << text;
  }
}

TEST(Setting, IntegersKeepTheirValueAndTheirText) {
  const Setting hex = Setting::plain("0x1F");
  EXPECT_EQ(hex.kind, Kind::integer);
  EXPECT_EQ(hex.integer, 31);
  EXPECT_EQ(hex.number, 31.0);
  EXPECT_EQ(hex.text, "0x1F");
  EXPECT_EQ(Setting::plain("0o17").integer, 15);
  EXPECT_EQ(Setting::plain("+7").integer, 7);
  EXPECT_EQ(Setting::plain("-0").integer, 0);
  EXPECT_EQ(Setting::plain("007").integer, 7);
  EXPECT_EQ(Setting::plain("-9223372036854775808").integer,
            std::numeric_limits<std::int64_t>::min());
}

TEST(Setting, IntegersOutOfRangeBecomeNumbers) {
  const Setting big = Setting::plain("9223372036854775808");
  EXPECT_EQ(big.kind, Kind::number);
  EXPECT_EQ(big.number, 9223372036854775808.0);
  EXPECT_EQ(big.large, 9223372036854775808u);
  EXPECT_FALSE(big.beyond);
  EXPECT_EQ(Setting::plain("0xFFFFFFFFFFFFFFFF").large, 18446744073709551615u);
}

TEST(Setting, WhatNoValueCanBeIsMarked) {
  for (const char* text : {"18446744073709551616", "-9223372036854775809", "1e999", ".inf", "-.inf",
                           ".nan", "0x10000000000000000"}) {
    EXPECT_EQ(Setting::plain(text).kind, Kind::number) << text;
    EXPECT_TRUE(Setting::plain(text).beyond) << text;
  }
  EXPECT_FALSE(Setting::plain("1e308").beyond);
  EXPECT_FALSE(Setting::plain("1e-999").beyond);
}

TEST(Setting, FromTheEnvironmentAnExponentWithoutAPointIsText) {
  for (const char* text : {"12e4567", "1e3", "7E2", "-1e5"}) {
    EXPECT_EQ(Setting::substituted_plain(text).kind, Kind::text) << text;
    EXPECT_FALSE(Setting::substituted_plain(text).beyond) << text;
  }
  EXPECT_EQ(Setting::substituted_plain("1.0e3").kind, Kind::number);
  EXPECT_EQ(Setting::substituted_plain("12").kind, Kind::integer);
  EXPECT_EQ(Setting::substituted_plain("0x1e3").kind, Kind::integer);
  EXPECT_TRUE(Setting::substituted_plain("12").may_be_text());
  EXPECT_TRUE(Setting::substituted_plain("null").may_be_text());
  EXPECT_FALSE(Setting::substituted_plain("").may_be_text());
  EXPECT_FALSE(Setting::plain("12").may_be_text());
}

TEST(Setting, NumbersAreReadWhateverTheirForm) {
  EXPECT_EQ(Setting::plain("1.5").number, 1.5);
  EXPECT_EQ(Setting::plain("1.").number, 1.0);
  EXPECT_EQ(Setting::plain(".5").number, 0.5);
  EXPECT_EQ(Setting::plain("+.5e1").number, 5.0);
  EXPECT_EQ(Setting::plain("-1e3").number, -1000.0);
  EXPECT_TRUE(std::isnan(Setting::plain(".nan").number));
  EXPECT_EQ(Setting::plain("-.inf").number, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(Setting::plain("1e999").number, std::numeric_limits<double>::infinity());
  EXPECT_EQ(Setting::plain("1e-999").number, 0.0);
}

TEST(Setting, QuotedTextStaysText) {
  const Setting setting = Setting::quoted_text("12", {3, 4});
  EXPECT_EQ(setting.kind, Kind::text);
  EXPECT_TRUE(setting.quoted);
  EXPECT_EQ(setting.at.line, 3);
  EXPECT_EQ(setting.at.column, 4);
}

TEST(Setting, FindsFieldsOfAMap) {
  Setting map;
  map.kind = Kind::map;
  map.fields.push_back({"a", {}, Setting::plain("1")});
  ASSERT_NE(map.find("a"), nullptr);
  EXPECT_EQ(map.find("a")->integer, 1);
  EXPECT_EQ(map.find("b"), nullptr);
}

}  // namespace
}  // namespace weir
