#include "weir/advice.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace weir {
namespace {

const std::vector<std::string_view> words{"capacity", "component", "config", "order",
                                          "core/filter"};

TEST(Advice, NearWordsAreSuggested) {
  EXPECT_EQ(suggestion("capcity", words), "; did you mean \"capacity\"?");
  EXPECT_EQ(suggestion("Order", words), "; did you mean \"order\"?");
  EXPECT_EQ(suggestion("odrer", words), "; did you mean \"order\"?");
  EXPECT_EQ(suggestion("confgi", words), "; did you mean \"config\"?");
  EXPECT_EQ(suggestion("filter", words), "; did you mean \"core/filter\"?");
  EXPECT_EQ(suggestion("xml/filter", words), "; did you mean \"core/filter\"?");
}

TEST(Advice, WithoutANearWordAFewAreListed) {
  EXPECT_EQ(suggestion("zzz", std::vector<std::string_view>{"a", "bb"}), "; possible are a, bb");
  EXPECT_EQ(suggestion("b", std::vector<std::string_view>{"a"}), "; possible is a");
  EXPECT_EQ(suggestion("zzz", {}), "");
  EXPECT_EQ(suggestion("zzz", std::vector<std::string_view>(13, "a")), "");
}

TEST(Advice, QuotedTextIsSafeForATerminal) {
  EXPECT_EQ(quote("a\x1b[2J\n\t\"\\"), "\"a\\x1b[2J\\n\\t\\\"\\\\\"");
  EXPECT_EQ(quote(std::string(100, 'x')), "\"" + std::string(60, 'x') + "...\"");
}

TEST(Advice, QuotedTextIsNotCutInsideACharacter) {
  std::string text(59, 'x');
  for (int i = 0; i < 20; ++i) text += "\xC3\xA9";
  EXPECT_EQ(quote(text), "\"" + std::string(59, 'x') + "\xC3\xA9...\"");
  EXPECT_EQ(quote("x" + text), "\"x" + std::string(59, 'x') + "...\"");
}

TEST(Advice, BoundsAreWrittenInTheUnitsOfTheirOption) {
  EXPECT_EQ(format_bound(OptionType::duration, 0.001), "1ms");
  EXPECT_EQ(format_bound(OptionType::size, 65536), "64KiB");
  EXPECT_EQ(format_bound(OptionType::rate, 5), "5/s");
  EXPECT_EQ(format_bound(OptionType::number, 0.5), "0.5");
}

}  // namespace
}  // namespace weir
