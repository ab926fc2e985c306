#include "graph/substitute.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parts.hpp"

namespace weir::graph::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The value of an option of the type value_map that was written as `value`.
Setting value_of_field(const std::string& value,
                       const std::map<std::string, std::string>& variables) {
  const Loaded loaded = load_text(
      "name: g\nprocesses:\n  a: {component: core/number}\n  o:\n    component: core/options\n"
      "    config: {values: {x: " +
          value + "}}\nconnections: [a -> o]\n",
      variables);
  for (const Problem& problem : loaded.problems.list()) ADD_FAILURE() << format(problem, "g");
  if (!loaded.graph) return {};
  return *loaded.graph->processes[1].config.find("values")->find("x");
}

TEST(Substitute, AVariableIsTypedAsAPlainScalar) {
  EXPECT_EQ(value_of_field("${N}", {{"N", "12"}}).integer, 12);
  EXPECT_EQ(value_of_field("${N}", {{"N", "12"}}).kind, Setting::Kind::integer);
  EXPECT_EQ(value_of_field("${N}", {{"N", "true"}}).kind, Setting::Kind::boolean);
  EXPECT_EQ(value_of_field("${N}", {{"N", ""}}).kind, Setting::Kind::null);
  EXPECT_EQ(value_of_field("1${N}", {{"N", "2"}}).integer, 12);
}

TEST(Substitute, InQuotesItStaysAText) {
  EXPECT_EQ(value_of_field("\"${N}\"", {{"N", "12"}}).kind, Setting::Kind::text);
  EXPECT_EQ(value_of_field("'${N}'", {{"N", "12"}}).text, "12");
}

TEST(Substitute, AValueIsNotReadAsYaml) {
  EXPECT_EQ(value_of_field("${N}", {{"N", "[1, 2]: {}"}}).text, "[1, 2]: {}");
  EXPECT_EQ(value_of_field("${N}", {{"N", "${M}"}, {"M", "1"}}).text, "${M}");
}

TEST(Substitute, ADefaultStandsInForWhatIsUnsetOrEmpty) {
  EXPECT_EQ(value_of_field("${N:-a.b}", {}).text, "a.b");
  EXPECT_EQ(value_of_field("${N:-a.b}", {{"N", ""}}).text, "a.b");
  EXPECT_EQ(value_of_field("${N:-a.b}", {{"N", "c"}}).text, "c");
  EXPECT_EQ(value_of_field("${N:-}", {}).kind, Setting::Kind::null);
  EXPECT_EQ(value_of_field("${N:-7}", {}).integer, 7);
  EXPECT_EQ(value_of_field("${A:-x}${B:-y}", {{"B", "z"}}).text, "xz");
}

TEST(Substitute, ADefaultMayHoldFurtherVariables) {
  EXPECT_EQ(value_of_field("${A:-${B:-out.txt}}", {}).text, "out.txt");
  EXPECT_EQ(value_of_field("${A:-${B:-out.txt}}", {{"B", "b"}}).text, "b");
  EXPECT_EQ(value_of_field("${A:-${B:-out.txt}}", {{"A", "a"}}).text, "a");
  EXPECT_EQ(value_of_field("${A:-x${B}y${C:-${D:-z}}}!", {{"B", "b"}}).text, "xbyz!");
  EXPECT_EQ(value_of_field("\"${A:-$${B}}\"", {}).text, "${B}");
  EXPECT_THAT(problems_of("name: ${A:-${B}}\n"),
              Contains(HasSubstr("the environment variable B is not set")));
  EXPECT_THAT(problems_of("name: ${A:-${B:-x}\n"), Contains(HasSubstr("is not of the form")));
}

TEST(Substitute, AnExponentWithoutAPointIsText) {
  EXPECT_EQ(value_of_field("${SHA}", {{"SHA", "12e4567"}}).text, "12e4567");
  EXPECT_EQ(value_of_field("${SHA}", {{"SHA", "12e4567"}}).kind, Setting::Kind::text);
  EXPECT_EQ(value_of_field("${SHA}", {{"SHA", "1.5e3"}}).number, 1500);
}

TEST(Substitute, WhatTakesATextTakesTheCharactersAsTheyStand) {
  for (const char* value :
       {"2024", "12e4567", "true", "null", "0x1F", "123456789012345678901234"}) {
    const Loaded loaded = load_text(
        "name: g\nprocesses:\n  a: {component: core/number}\n"
        "  w: {component: file/write, config: {path: ${P}}}\nconnections: [a -> w]\n",
        {{"P", value}});
    ASSERT_TRUE(loaded.graph) << format(loaded.problems.list().front(), "g");
    EXPECT_EQ(loaded.graph->processes[1].config.find("path")->text, value);
  }
}

TEST(Substitute, NumbersThatNoValueCanBeAreErrors) {
  for (const char* value : {"123456789012345678901234", ".inf", "1.5e999", ".nan"}) {
    EXPECT_THAT(
        problems_of("name: g\nprocesses:\n  a: {component: core/number}\n  o:\n    component: "
                    "core/options\n    config: {values: {x: ${V}}}\nconnections: [a -> o]\n",
                    {{"V", value}}),
        Contains(HasSubstr("is beyond all numbers")))
        << value;
  }
}

TEST(Substitute, ADefaultMayHoldWhatEndsAPlainScalarInBraces) {
  EXPECT_EQ(value_of_field("${N:-a,b[0]{c}", {}).text, "a,b[0]{c");
}

TEST(Substitute, TheEscapeIsALiteral) {
  EXPECT_EQ(value_of_field("$${N}", {}).text, "${N}");
  EXPECT_EQ(value_of_field("\"a $${N} ${M}\"", {{"M", "m"}}).text, "a ${N} m");
  EXPECT_EQ(value_of_field("a$b$$c", {}).text, "a$b$$c");
}

TEST(Substitute, NamesOfProcessesMayComeFromVariables) {
  const Loaded loaded = load_text(
      "name: ${G}\nprocesses:\n  ${A}: {component: core/number}\n"
      "  w: {component: file/write, config: {path: \"${P}\"}}\nconnections: [\"${A} -> w\"]\n",
      {{"G", "graph"}, {"A", "numbers"}, {"P", "5"}});
  ASSERT_TRUE(loaded.graph) << format(loaded.problems.list().front(), "g");
  EXPECT_EQ(loaded.graph->name, "graph");
  EXPECT_EQ(loaded.graph->connections[0].name, "numbers.out -> w.in");
}

TEST(Substitute, AnUnsetNameIsReportedOnceAtItsPlace) {
  EXPECT_THAT(problems_of("name: g\nprocesses:\n  a: {component: \"${C}\"}\n"),
              ElementsAre("g:3:18: error: the environment variable C is not set: set it, or give a "
                          "default as ${C:-default}"));
}

TEST(Substitute, AnotherFormIsExplained) {
  const std::string advice =
      " is not of the form ${NAME} or ${NAME:-default}; write $${ for a literal ${";
  EXPECT_THAT(problems_of("name: \"${1a}\"\n"), Contains("g:1:7: error: \"${1a}\"" + advice));
  EXPECT_THAT(problems_of("name: \"${A\"\n"), Contains("g:1:7: error: \"${A\"" + advice));
  EXPECT_THAT(problems_of("name: \"${A:?b}\"\n"), Contains("g:1:7: error: \"${A:?b}\"" + advice));
  EXPECT_THAT(problems_of("name: \"${A:-b\"\n"), Contains("g:1:7: error: \"${A:-b\"" + advice));
}

TEST(Substitute, ValuesAreText) {
  EXPECT_THAT(problems_of("name: ${A}\n", {{"A", "\xFF"}}),
              Contains("g:1:7: error: the environment variable A is not UTF-8 text"));
}

TEST(Substitute, ManyReferencesToALongValueAreBounded) {
  std::string text = "name: ";
  for (int i = 0; i < 1000; ++i) text += "${A}";
  EXPECT_THAT(problems_of(text + "\n", {{"A", std::string(100'000, 'x')}}),
              Contains(HasSubstr("g:1:7: error: with its variables replaced this is larger than")));
}

}  // namespace
}  // namespace weir::graph::testing
