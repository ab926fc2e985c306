// csv/parse and regex/parse.
#include <gmock/gmock.h>

#include "harness.hpp"

namespace weir::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(CsvParse, TakesNamesFromTheFirstLine) {
  Harness csv("csv/parse");
  for (const char* line :
       {"\xEF\xBB\xBFid,name\r", "1,one\r", "2,\"a, \"\"b\"\"\"", ",", "\"\",x"}) {
    csv.send_bytes(line);
  }
  csv.run();
  EXPECT_THAT(csv.texts(),
              ElementsAre(R"({"id":"1","name":"one"})", R"({"id":"2","name":"a, \"b\""})",
                          R"({"id":"","name":""})", R"({"id":"","name":"x"})"));
  EXPECT_EQ(csv.ended_packets(Ended::consumed), 1u);
}

TEST(CsvParse, TakesNamesFromColumns) {
  Harness csv("csv/parse", map({{"columns", list({"a", "b"})},
                                {"header", "false"},
                                {"delimiter", ";"},
                                {"quote", "'"},
                                {"numbers", list({"b"})}}));
  for (const char* line : {"x;1", "'y;z';-2.5", ";", "x;1e3", "x;one", "x;inf"})
    csv.send_bytes(line);
  csv.run();
  EXPECT_THAT(csv.texts(), ElementsAre(R"({"a":"x","b":1})", R"({"a":"y;z","b":-2.5})",
                                       R"({"a":"","b":null})", R"({"a":"x","b":1000.0})"));
  ASSERT_EQ(csv.failed().size(), 2u);
  EXPECT_EQ(csv.failed()[0].text, "the value of column b is not a number");
}

TEST(CsvParse, FailsLinesThatDoNotFit) {
  Harness csv("csv/parse", map({{"columns", list({"a", "b"})}, {"header", "false"}}));
  for (const char* line : {"1", "1,2,3", "\"1,2", "\"1\"x,2"}) csv.send_bytes(line);
  csv.run();
  std::vector<std::string> texts;
  for (const FailedPacket& failed : csv.failed()) {
    EXPECT_EQ(failed.kind, "parse");
    texts.push_back(failed.text);
  }
  EXPECT_THAT(
      texts,
      ElementsAre(HasSubstr("has 1 values, but there are 2 columns"), HasSubstr("has 3 values"),
                  HasSubstr("quote at byte 1 is not closed"), HasSubstr("must follow (byte 4)")));
  EXPECT_EQ(csv.failed()[1].packet.as_bytes(), "1,2,3");
}

TEST(CsvParse, PassesOverBlankLines) {
  Harness csv("csv/parse");
  for (const char* line : {"", "\r", "id,name", "", "1,one", "\r", "\"\","}) csv.send_bytes(line);
  csv.run();
  EXPECT_THAT(csv.texts(), ElementsAre(R"({"id":"1","name":"one"})", R"({"id":"","name":""})"));
  EXPECT_TRUE(csv.failed().empty());
  EXPECT_EQ(csv.ended_packets(Ended::consumed), 5u);
}

TEST(CsvParse, FailsWhatIsNotUtf8) {
  Harness csv("csv/parse", map({{"columns", list({"a"})}, {"header", "false"}}));
  for (const char* line : {"caf\xE9", "caf\xC3\xA9"}) csv.send_bytes(line);
  csv.run();
  EXPECT_THAT(csv.texts(), ElementsAre("{\"a\":\"caf\xC3\xA9\"}"));
  ASSERT_EQ(csv.failed().size(), 1u);
  EXPECT_EQ(csv.failed()[0].kind, "parse");
  EXPECT_THAT(csv.failed()[0].text, HasSubstr("the line is not UTF-8 (byte 4)"));
  EXPECT_EQ(csv.failed()[0].packet.as_bytes(), "caf\xE9");
}

TEST(CsvParse, ALineThatCannotNameTheColumnsIsNotFollowedByAnother) {
  for (const char* first : {"id,caf\xE9", "id,\"name"}) {
    Harness csv("csv/parse");
    for (const char* line : {first, "1,one", "2,two"}) csv.send_bytes(line);
    csv.run();
    EXPECT_TRUE(csv.texts().empty());
    ASSERT_EQ(csv.failed().size(), 3u);
    EXPECT_EQ(csv.failed()[0].packet.as_bytes(), first);
    EXPECT_THAT(csv.failed()[2].text, HasSubstr("the first line does not name the columns"));
  }
}

TEST(CsvParse, IntegersBeyond64BitsAreErrors) {
  Harness csv("csv/parse",
              map({{"columns", list({"a"})}, {"header", "false"}, {"numbers", list({"a"})}}));
  for (const char* line : {"18446744073709551615", "18446744073709551616", "-9223372036854775808",
                           "-9223372036854775809", "1e999", "1e-999", "+5", "1.0", "-0.0"}) {
    csv.send_bytes(line);
  }
  csv.run();
  EXPECT_THAT(csv.texts(),
              ElementsAre("{\"a\":18446744073709551615}", "{\"a\":-9223372036854775808}",
                          "{\"a\":0.0}", "{\"a\":5}", "{\"a\":1.0}", "{\"a\":-0.0}"));
  ASSERT_EQ(csv.failed().size(), 3u);
  EXPECT_EQ(csv.failed()[0].kind, "parse");
  EXPECT_THAT(csv.failed()[0].text, HasSubstr("the value of column a is out of range"));
}

TEST(CsvParse, ExplainsMistakes) {
  EXPECT_EQ(problems_of("csv/parse", map({{"delimiter", "::"}})).size(), 1u);
  EXPECT_EQ(problems_of("csv/parse", map({{"header", "false"}})).size(), 1u);
  EXPECT_TRUE(problems_of("csv/parse", map({{"delimiter", "\t"}})).empty());
}

TEST(RegexParse, MakesFieldsOfNamedGroups) {
  Harness regex("regex/parse", map({{"pattern", R"((?P<k>\w+)=(?P<v>\d*)(;(?P<rest>.*))?)"},
                                    {"numbers", list({"v"})}}));
  for (const char* line : {"a=12", "  b=3;more", "c=", "nothing"}) regex.send_bytes(line);
  regex.run();
  EXPECT_THAT(regex.texts(), ElementsAre(R"({"k":"a","v":12})", R"({"k":"b","v":3,"rest":"more"})",
                                         R"({"k":"c","v":null})"));
  ASSERT_EQ(regex.failed().size(), 1u);
  EXPECT_EQ(regex.failed()[0].kind, "parse");
  EXPECT_EQ(regex.failed()[0].packet.as_bytes(), "nothing");
}

TEST(RegexParse, TakesAFieldApart) {
  Harness regex("regex/parse",
                map({{"pattern", R"(^(?P<method>\S+) (?P<path>\S+))"}, {"field", "request"}}));
  const Packet shared = document(R"({"request":"GET \u002f","n":1})");
  regex.send(shared.share());
  regex.send(document(R"({"request":"PUT /x"})"));
  regex.send(document(R"({"n":1})"));
  regex.send_bytes("GET /");
  regex.run();
  EXPECT_THAT(regex.texts(), ElementsAre(R"({"request":"GET /","n":1,"method":"GET","path":"/"})",
                                         R"({"request":"PUT /x","method":"PUT","path":"/x"})"));
  EXPECT_EQ(text_of(shared), R"({"request":"GET /","n":1})");
  ASSERT_EQ(regex.failed().size(), 2u);
  EXPECT_EQ(regex.failed()[0].kind, "parse");
  EXPECT_EQ(regex.failed()[1].kind, "type");
}

TEST(RegexParse, FailsWhatIsNotUtf8) {
  Harness regex("regex/parse", map({{"pattern", R"((?P<level>[A-Z]+).*)"}}));
  regex.send_bytes("ERROR caf\xE9 failed");
  regex.run();
  ASSERT_EQ(regex.failed().size(), 1u);
  EXPECT_EQ(regex.failed()[0].kind, "parse");
  EXPECT_THAT(regex.failed()[0].text, HasSubstr("the text is not UTF-8 (byte 10)"));
  EXPECT_EQ(regex.failed()[0].packet.as_bytes(), "ERROR caf\xE9 failed");
}

TEST(RegexParse, IntegersBeyond64BitsAreErrors) {
  Harness regex("regex/parse", map({{"pattern", "(?P<n>.*)"}, {"numbers", list({"n"})}}));
  regex.send_bytes("18446744073709551617");
  regex.run();
  ASSERT_EQ(regex.failed().size(), 1u);
  EXPECT_EQ(regex.failed()[0].kind, "parse");
  EXPECT_THAT(regex.failed()[0].text, HasSubstr("the value of n is out of range"));
}

TEST(RegexParse, ExplainsMistakes) {
  const auto problem = [](const Setting& config) {
    const auto problems = problems_of("regex/parse", config);
    return problems.empty() ? "none" : problems.front();
  };
  EXPECT_THAT(problem(map({})), HasSubstr("pattern"));
  EXPECT_THAT(problem(map({{"pattern", "(?P<a>"}})), HasSubstr("missing )"));
  EXPECT_THAT(problem(map({{"pattern", "(?<a>x)"}})), HasSubstr("named by (?P<name>...)"));
  EXPECT_THAT(problem(map({{"pattern", "(?=x)(?P<a>y)"}})), HasSubstr("no look-ahead"));
  EXPECT_THAT(problem(map({{"pattern", "(a)"}})), HasSubstr("no named groups"));
  EXPECT_THAT(problem(map({{"pattern", "(?P<a>x)"}, {"numbers", list({"b"})}})),
              HasSubstr("no group named b"));
}

}  // namespace
}  // namespace weir::testing
