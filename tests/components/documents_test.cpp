// core/filter, core/select, core/set, core/remove.
#include <gmock/gmock.h>

#include "harness.hpp"

namespace weir::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

bool passes(const Setting& where, std::string_view json) {
  Harness filter("core/filter", map({{"where", where}}));
  filter.send(document(json));
  filter.run();
  EXPECT_TRUE(filter.failed().empty());
  return filter.take("out").size() == 1;
}

TEST(Filter, ComparesValues) {
  EXPECT_TRUE(passes(map({{"field", "a"}, {"equals", "1"}}), R"({"a":1.0})"));
  EXPECT_FALSE(passes(map({{"field", "a"}, {"equals", "1"}}), R"({"a":"1"})"));
  EXPECT_TRUE(passes(map({{"field", "a"}, {"equals", quoted("1")}}), R"({"a":"1"})"));
  EXPECT_TRUE(passes(map({{"field", "a"}, {"equals", "null"}}), R"({"a":null})"));
  EXPECT_TRUE(passes(map({{"field", "a"}, {"not", "1"}}), R"({"a":2})"));
  EXPECT_FALSE(passes(map({{"field", "a"}, {"not", list({"1", "2"})}}), R"({"a":2})"));
  EXPECT_TRUE(passes(map({{"field", "a"}, {"in", list({"x", "2"})}}), R"({"a":"x"})"));
}

TEST(Filter, ComparesRanges) {
  const Setting range = map({{"field", "a"}, {"at_least", "500"}, {"below", "600"}});
  EXPECT_TRUE(passes(range, R"({"a":500})"));
  EXPECT_TRUE(passes(range, R"({"a":599.9})"));
  EXPECT_FALSE(passes(range, R"({"a":600})"));
  EXPECT_FALSE(passes(range, R"({"a":"550"})"));
  EXPECT_FALSE(passes(map({{"field", "a"}, {"below", "0"}}), R"({"a":18446744073709551615})"));
  EXPECT_TRUE(passes(map({{"field", "a"}, {"at_least", "18446744073709551615"}}),
                     R"({"a":18446744073709551615})"));
  EXPECT_FALSE(passes(map({{"field", "a"}, {"at_least", "18446744073709551615"}}),
                      R"({"a":18446744073709551614})"));
  EXPECT_FALSE(
      passes(map({{"field", "a"}, {"equals", "9007199254740992.0"}}), R"({"a":9007199254740993})"));
  EXPECT_TRUE(passes(map({{"field", "t"}, {"at_least", quoted("2024-02-01")}}),
                     R"({"t":"2024-02-03T00:00:00Z"})"));
}

TEST(Filter, MatchesPatternsAnywhereInTexts) {
  EXPECT_TRUE(passes(map({{"field", "p"}, {"matches", "^/api/"}}), R"({"p":"/api/x"})"));
  EXPECT_FALSE(passes(map({{"field", "p"}, {"matches", "^/api/"}}), R"({"p":"x/api/"})"));
  EXPECT_FALSE(passes(map({{"field", "p"}, {"matches", "1"}}), R"({"p":1})"));
}

TEST(Filter, DoesNotMatchMissingFields) {
  for (const char* test : {"equals", "not", "at_least", "below", "matches"}) {
    EXPECT_FALSE(passes(map({{"field", "a"}, {test, "x"}}), R"({"b":1})")) << test;
  }
  EXPECT_FALSE(passes(map({{"field", "a"}, {"exists", "true"}}), R"({"b":1})"));
  EXPECT_TRUE(passes(map({{"field", "a"}, {"exists", "false"}}), R"({"b":1})"));
  EXPECT_TRUE(passes(map({{"field", "a.b"}, {"exists", "true"}}), R"({"a":{"b":null}})"));
}

TEST(Filter, FindsFieldsByNameAndPath) {
  const auto one = [](const char* field) { return map({{"field", field}, {"equals", "1"}}); };
  EXPECT_TRUE(passes(one("b"), R"({"a":2,"b":1,"c":2})"));
  EXPECT_FALSE(passes(one("b"), R"({"a":1,"bb":1,"":1})"));
  EXPECT_TRUE(passes(one("b"), R"({"b":2,"b":1})")) << "the last of equal names counts";
  EXPECT_FALSE(passes(one("b"), R"({"b":1,"b":2})"));
  EXPECT_TRUE(passes(one("a.b"), R"({"a":{"b":1}})"));
  EXPECT_TRUE(passes(one("a.b"), R"({"a.b":1,"a":{"b":2}})"));
  EXPECT_FALSE(passes(one("b"), "[1]"));
}

TEST(Filter, CombinesConditions) {
  const Setting is_x = map({{"field", "a"}, {"equals", "x"}});
  const Setting has_b = map({{"field", "b"}, {"exists", "true"}});
  EXPECT_TRUE(passes(map({{"all", list({is_x, has_b})}}), R"({"a":"x","b":1})"));
  EXPECT_FALSE(passes(map({{"all", list({is_x, has_b})}}), R"({"a":"x"})"));
  EXPECT_TRUE(passes(map({{"any", list({is_x, has_b})}}), R"({"b":1})"));
  EXPECT_FALSE(passes(map({{"none", list({is_x, has_b})}}), R"({"b":1})"));
  EXPECT_TRUE(passes(map({{"none", list({is_x, has_b})}}), R"({})"));
}

TEST(Filter, SendsTheRestToElseOrEndsIt) {
  const Setting config = map({{"where", map({{"field", "a"}, {"equals", "1"}})}});
  Harness both("core/filter", config);
  both.send(document(R"({"a":2})"));
  both.run();
  EXPECT_THAT(both.texts("else"), ElementsAre(R"({"a":2})"));
  Harness alone("core/filter", config, {.unconnected = {"else"}});
  alone.send(document(R"({"a":2})"));
  alone.run();
  EXPECT_EQ(alone.ended_packets(Ended::filtered), 1u);
}

TEST(Filter, WithoutAFieldTestsThePayload) {
  Harness lines("core/filter", map({{"where", map({{"matches", "ERROR"}})}}));
  lines.send_bytes("an ERROR here");
  lines.send_bytes("all is well");
  lines.run();
  EXPECT_THAT(lines.texts(), ElementsAre("an ERROR here"));
  Harness numbers("core/filter", map({{"where", map({{"at_least", "2"}})}}));
  for (int i = 0; i < 4; ++i) numbers.send(Packet::integer(i));
  numbers.run();
  EXPECT_THAT(numbers.texts(), ElementsAre("2", "3"));
}

TEST(Filter, FindsPatternsInBytesThatAreNotUtf8) {
  Harness lines("core/filter", map({{"where", map({{"matches", "ERROR.*failed"}})}}));
  for (const char* line :
       {"ERROR caf\xE9 failed", "ERROR caf\xC3\xA9 failed", "WARN \xE9 failed"}) {
    lines.send_bytes(line);
  }
  lines.run();
  EXPECT_THAT(lines.texts(), ElementsAre("ERROR caf\xE9 failed", "ERROR caf\xC3\xA9 failed"));
  EXPECT_THAT(lines.texts("else"), ElementsAre("WARN \xE9 failed"));
  EXPECT_TRUE(lines.failed().empty());
}

TEST(Filter, CannotLookForCharactersInBytesThatAreNotUtf8) {
  for (const char* pattern : {"caf\xC3\xA9", "^\\pL+$", "^\\x{20AC}"}) {
    Harness lines("core/filter", map({{"where", map({{"matches", quoted(pattern)}})}}));
    lines.send_bytes("caf\xE9");
    lines.run();
    ASSERT_EQ(lines.failed().size(), 1u) << pattern;
    EXPECT_EQ(lines.failed()[0].kind, "parse");
    EXPECT_THAT(lines.failed()[0].text, HasSubstr("is not UTF-8 (byte 4)"));
    EXPECT_EQ(lines.failed()[0].packet.as_bytes(), "caf\xE9");
  }
}

TEST(Documents, AListHasNoFieldsToSetOrToTake) {
  const std::pair<const char*, Setting> components[] = {
      {"core/set", map({{"fields", map({{"site", "b"}})}})},
      {"core/remove", map({{"fields", list({"a"})}})},
      {"core/select", map({{"fields", list({"a"})}})},
      {"core/count", map({{"by", "a"}})},
      {"core/split", map({{"by", "a"}})},
      {"regex/parse", map({{"pattern", "(?P<a>x)"}, {"field", "a"}})}};
  for (const auto& [component, config] : components) {
    for (const char* json : {"[1,2]", "5", "\"text\"", "null"}) {
      Harness harness(component, config);
      harness.send(document(json));
      harness.run();
      ASSERT_EQ(harness.failed().size(), 1u) << component << " " << json;
      EXPECT_EQ(harness.failed()[0].kind, "type");
      EXPECT_EQ(text_of(harness.failed()[0].packet), json);
    }
  }
}

TEST(Filter, OfAFieldNeedsDocuments) {
  Harness filter("core/filter", map({{"where", map({{"field", "a"}, {"equals", "1"}})}}));
  filter.send_bytes("x");
  filter.run();
  ASSERT_EQ(filter.failed().size(), 1u);
  EXPECT_EQ(filter.failed()[0].kind, "type");
}

std::string problem_of(const Setting& where) {
  const auto problems = problems_of("core/filter", map({{"where", where}}));
  return problems.empty() ? "none" : problems.front();
}

TEST(Filter, ExplainsMistakes) {
  EXPECT_THAT(problem_of(list({"a"})), HasSubstr("a condition is a map"));
  EXPECT_THAT(problem_of(map({{"field", "a"}})), HasSubstr("tests nothing"));
  EXPECT_THAT(problem_of(map({{"field", "a"}, {"atleast", "1"}})), HasSubstr("unknown test"));
  EXPECT_THAT(problem_of(map({{"field", "a"}, {"matches", "("}})), HasSubstr("missing )"));
  EXPECT_THAT(problem_of(map({{"field", "a"}, {"matches", "(?<a>b)"}})), HasSubstr("(?P<name>"));
  EXPECT_THAT(problem_of(map({{"field", "a"}, {"equals", "18446744073709551616"}})),
              HasSubstr("beyond all numbers"));
  EXPECT_THAT(problem_of(map({{"field", "a"}, {"in", list({"1", ".inf"})}})),
              HasSubstr("beyond all numbers"));
  EXPECT_THAT(problem_of(map({{"field", "a"}, {"in", "1"}})), HasSubstr("in takes a list"));
  EXPECT_THAT(problem_of(map({{"field", "a"}, {"below", "true"}})), HasSubstr("number or a text"));
  EXPECT_THAT(problem_of(map({{"field", "a"}, {"exists", "x"}})), HasSubstr("true or false"));
  EXPECT_THAT(problem_of(map({{"exists", "true"}})), HasSubstr("exists needs a field"));
  EXPECT_THAT(problem_of(map({{"any", map({{"field", "a"}})}})), HasSubstr("list of conditions"));
  EXPECT_THAT(problem_of(map({{"any", list({map({{"fild", "a"}})})}})), HasSubstr("\"fild\""));
  EXPECT_EQ(problem_of(map({{"field", "a"}, {"equals", "1"}})), "none");
}

TEST(Select, RenamesAndPicks) {
  Harness select("core/select",
                 map({{"fields", map({{"method", "request.method"}, {"id", "id"}})}}));
  select.send(document(R"({"id":7,"request":{"method":"GET"},"x":[1]})"));
  select.send(document(R"({"x":1})"));
  select.run();
  EXPECT_THAT(select.texts(), ElementsAre(R"({"method":"GET","id":7})", "{}"));
}

TEST(Select, KeepsAListOfNames) {
  Harness select("core/select", map({{"fields", list({"b", "a"})}}));
  select.send(document(R"({"a":1,"b":"x\ny","c":3})"));
  select.run();
  EXPECT_THAT(select.texts(), ElementsAre(R"({"b":"x\ny","a":1})"));
}

TEST(Select, LeavesSharedDocumentsAlone) {
  Harness select("core/select", map({{"fields", list({"a"})}}));
  Packet original = document(R"({"a":{"deep":["x"]},"b":2})");
  select.send(original.share());
  select.run();
  const auto out = select.take();
  EXPECT_EQ(text_of(original), R"({"a":{"deep":["x"]},"b":2})");
  original = Packet();
  EXPECT_EQ(text_of(out.at(0)), R"({"a":{"deep":["x"]}})");
}

TEST(Select, ExplainsMistakes) {
  EXPECT_EQ(problems_of("core/select", map({})).size(), 1u);
  EXPECT_EQ(problems_of("core/select", map({{"fields", "a"}})).size(), 1u);
  EXPECT_EQ(problems_of("core/select", map({{"fields", list({})}})).size(), 1u);
  EXPECT_EQ(problems_of("core/select", map({{"fields", map({{"a", list({"b"})}})}})).size(), 1u);
}

TEST(Set, ReplacesAndAdds) {
  Harness set("core/set", map({{"fields", map({{"a", "2"}, {"c", "x"}})},
                               {"attributes", map({{"source", "test"}})}}));
  set.send(document(R"({"a":1,"b":true})"));
  set.run();
  const auto out = set.take();
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(text_of(out[0]), R"({"a":2,"b":true,"c":"x"})");
  EXPECT_EQ(out[0].attribute("source"), "test");
}

TEST(Set, LeavesSharedDocumentsAlone) {
  Harness set("core/set", map({{"fields", map({{"a", "2"}})}}));
  const Packet original = document(R"({"a":1})");
  set.send(original.share());
  set.run();
  EXPECT_THAT(set.texts(), ElementsAre(R"({"a":2})"));
  EXPECT_EQ(text_of(original), R"({"a":1})");
}

TEST(Set, SetsAttributesOfAnyPacket) {
  Harness set("core/set", map({{"attributes", map({{"k", "v"}})}}));
  set.send_bytes("x");
  set.run();
  EXPECT_THAT(set.failed(), IsEmpty());
  EXPECT_EQ(set.take().at(0).attribute("k"), "v");
  EXPECT_EQ(problems_of("core/set", map({})).size(), 1u);
}

TEST(Remove, RemovesFields) {
  Harness remove("core/remove", map({{"fields", list({"a", "c"})}}));
  remove.send(document(R"({"a":1,"b":2})"));
  remove.send(document(R"({"b":2})"));
  remove.send(Packet::integer(1));
  remove.run();
  EXPECT_THAT(remove.texts(), ElementsAre(R"({"b":2})", R"({"b":2})"));
  ASSERT_EQ(remove.failed().size(), 1u);
  EXPECT_EQ(remove.failed()[0].kind, "type");
}

}  // namespace
}  // namespace weir::testing
