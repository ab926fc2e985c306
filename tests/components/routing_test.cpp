#include <gmock/gmock.h>

#include "harness.hpp"

namespace weir::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<Packet> numbers(int count) {
  std::vector<Packet> packets;
  for (int i = 0; i < count; ++i) packets.push_back(Packet::integer(i));
  return packets;
}

TEST(Pass, ChangesNothing) {
  Harness pass("core/pass");
  Packet packet = Packet::copy_bytes("x");
  packet.set_attribute("a", "b");
  pass.send(std::move(packet));
  pass.run();
  const auto out = pass.take();
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].as_bytes(), "x");
  EXPECT_EQ(out[0].attribute("a"), "b");
}

TEST(Discard, EndsPacketsAsConsumed) {
  Harness discard("core/discard");
  discard.run_with(numbers(5));
  EXPECT_EQ(discard.ended_packets(Ended::consumed), 5u);
}

TEST(Split, TakesTurns) {
  Harness split("core/split", map({}), {.widths = {{"out", 3}}});
  split.run_with(numbers(5));
  EXPECT_THAT(split.texts("out", 0), ElementsAre("0", "3"));
  EXPECT_THAT(split.texts("out", 1), ElementsAre("1", "4"));
  EXPECT_THAT(split.texts("out", 2), ElementsAre("2"));
}

TEST(Split, KeepsEqualValuesTogether) {
  Harness split("core/split", map({{"by", "user.id"}}), {.widths = {{"out", 4}}});
  for (int i = 0; i < 400; ++i) {
    split.send(document(R"({"user":{"id":)" + std::to_string(i % 40) + "}}"));
  }
  split.run();
  std::map<std::string, std::set<unsigned>> seen;
  for (unsigned element = 0; element < 4; ++element) {
    const auto texts = split.texts("out", element);
    EXPECT_GT(texts.size(), 0u);
    for (const std::string& text : texts) seen[text].insert(element);
  }
  EXPECT_EQ(seen.size(), 40u);
  for (const auto& [text, elements] : seen) EXPECT_EQ(elements.size(), 1u) << text;
}

TEST(Split, ByAFieldNeedsDocuments) {
  Harness split("core/split", map({{"by", "user"}}));
  split.send_bytes("x");
  split.run();
  ASSERT_EQ(split.failed().size(), 1u);
  EXPECT_EQ(split.failed()[0].kind, "type");
  EXPECT_THAT(split.failed()[0].text, HasSubstr("carries bytes: put json/parse"));
}

TEST(Merge, TakesFromEachInTurnAndKeepsTheirOrder) {
  Harness merge("core/merge", map({}), {.widths = {{"in", 2}}});
  for (const char* text : {"a1", "a2", "a3"}) merge.send_bytes(text, 0);
  merge.send_bytes("b1", 1);
  merge.run();
  EXPECT_FALSE(merge.done());
  EXPECT_THAT(merge.texts(), ElementsAre("a1", "b1", "a2", "a3"));
  merge.end_input();
  merge.run();
  EXPECT_TRUE(merge.done());
}

TEST(Clone, SharesThePayload) {
  Harness clone("core/clone", map({}), {.widths = {{"out", 3}}});
  clone.send(document(R"({"a":1})"));
  clone.run();
  auto first = clone.take("out", 0);
  auto second = clone.take("out", 1);
  auto third = clone.take("out", 2);
  ASSERT_EQ(first.size() + second.size() + third.size(), 3u);
  EXPECT_EQ(&first[0].as_document(), &third[0].as_document());
  first[0].edit_document().set("a", Value::integer(2));
  EXPECT_EQ(text_of(second[0]), R"({"a":1})");
}

TEST(Sample, PassesOneInSoMany) {
  Harness sample("core/sample", map({{"every", "3"}}));
  sample.run_with(numbers(10));
  EXPECT_THAT(sample.texts(), ElementsAre("2", "5", "8"));
  EXPECT_EQ(sample.ended_packets(Ended::filtered), 7u);
}

TEST(Sample, PassesAShare) {
  Harness sample("core/sample", map({{"share", "0.25"}}));
  sample.run_with(numbers(1000));
  EXPECT_EQ(sample.take().size(), 250u);
}

TEST(Sample, WantsOneOfItsOptions) {
  EXPECT_EQ(problems_of("core/sample", map({})).size(), 1u);
  EXPECT_EQ(problems_of("core/sample", map({{"every", "2"}, {"share", "0.5"}})).size(), 1u);
}

TEST(Count, CountsPacketsOfAPeriod) {
  Harness count("core/count", map({{"every", "10s"}}));
  count.run();
  for (Packet& packet : numbers(3)) count.send(std::move(packet));
  count.run_for(std::chrono::seconds(10));
  EXPECT_THAT(count.texts(), ElementsAre(R"({"count":3})"));
  count.send(Packet::integer(1));
  count.end_input();
  count.run();
  EXPECT_THAT(count.texts(), ElementsAre(R"({"count":1})"));
  EXPECT_TRUE(count.done());
}

TEST(Count, OfNothingIsZero) {
  Harness count("core/count");
  count.run_with({});
  EXPECT_THAT(count.texts(), ElementsAre(R"({"count":0})"));
}

TEST(Count, CountsByValue) {
  Harness count("core/count", map({{"by", "s"}}), {.unconnected = {"pass"}});
  for (const char* json : {R"({"s":200})", R"({"s":"x"})", R"({"s":200})", R"({"t":1})"}) {
    count.send(document(json));
  }
  count.send_bytes("no document");
  count.end_input();
  count.run();
  EXPECT_THAT(count.texts(), ElementsAre(R"({"s":200,"count":2})", R"({"s":"x","count":1})",
                                         R"({"s":null,"count":1})"));
  ASSERT_EQ(count.failed().size(), 1u);
  EXPECT_EQ(count.failed()[0].kind, "type");
}

TEST(Count, GroupsByHundredsAndPassesPacketsOn) {
  Harness count("core/count", map({{"by", "s"}, {"group", "hundreds"}}));
  for (const char* json : {R"({"s":503})", R"({"s":"500"})", R"({"s":"-"})", R"({"s":99})"}) {
    count.send(document(json));
  }
  count.end_input();
  count.run();
  EXPECT_THAT(count.texts(), ElementsAre(R"({"s":"5xx","count":2})", R"({"s":"-","count":1})",
                                         R"({"s":"0xx","count":1})"));
  EXPECT_EQ(count.take("pass").size(), 4u);
}

TEST(Count, BoundsTheValuesAndHonoursRoom) {
  Harness count("core/count", map({{"by", "s"}, {"limit", "2"}}), {.unconnected = {"pass"}});
  for (const char* json : {R"({"s":1})", R"({"s":2})", R"({"s":3})", R"({"s":4})", R"({"s":1})"}) {
    count.send(document(json));
  }
  count.end_input();
  count.room_limit = 1;
  for (int i = 0; i < 10 && !count.done(); ++i) count.step();
  EXPECT_TRUE(count.done());
  EXPECT_THAT(count.texts(), ElementsAre(R"({"s":1,"count":2})", R"({"s":2,"count":1})",
                                         R"({"s":"other","count":2})"));
}

}  // namespace
}  // namespace weir::testing
