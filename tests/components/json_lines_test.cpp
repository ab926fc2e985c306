// Lines of one buffer, which json/parse looks at together: each must come out as it does alone.

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <vector>

#include "harness.hpp"

namespace weir::testing {
namespace {

/// What became of each packet: the JSON written again, or the error and the bytes that it kept.
std::vector<std::string> outcomes(std::vector<Packet> packets) {
  Harness parse("json/parse");
  for (Packet& packet : packets) parse.send(std::move(packet));
  parse.run();
  std::vector<std::string> all = parse.texts();
  for (const FailedPacket& failed : parse.failed()) {
    all.push_back(failed.kind + ": " + failed.text + " in " +
                  std::string(failed.packet.as_bytes()));
  }
  return all;
}

/// Packets that are slices of one buffer, with `gap` between them.
std::vector<Packet> slices(const std::vector<std::string>& lines, std::string_view gap) {
  std::string text;
  for (const std::string& line : lines) text.append(line).append(gap);
  const Bytes whole = Bytes::copy(text);
  std::vector<Packet> packets;
  std::size_t at = 0;
  for (const std::string& line : lines) {
    packets.push_back(Packet::bytes(whole.slice(at, line.size())));
    at += line.size() + gap.size();
  }
  return packets;
}

std::vector<Packet> copies(const std::vector<std::string>& lines) {
  std::vector<Packet> packets;
  for (const std::string& line : lines) packets.push_back(Packet::copy_bytes(line));
  return packets;
}

const std::vector<std::string> tricky = {
    R"({"a":1,"b":"text","c":[1,{"d":null}],"e":-0.5})",
    R"({"a\"b":"c\\","d":"ä","e":"\u00e4"})",
    R"({ "a" : 1.25 , "b" : true })",
    R"({"a":12345678901234567890,"b":0.12345678901234567890,"c":1e3,"d":-0})",
    R"({"a":1}  )",
    "{}",
    "17",
    "1.",
    "01",
    "\"text\"",
    "nul",
    "",
    "   ",
    "\\",
    "\"open",
    "\"open\\",
    R"({"a":1)",
    R"({"a":1,)",
    R"({"a":"x"}})",
    R"({"a":1}{"b":2})",
    R"({"a" 1})",
    R"({1:2})",
    R"({"a":"x)",
    R"({"a":"\q"})",
    "{\"a\":\"\xFF\"}",
    "{\"a\":\"\xC3",
    "\xEF\xBB\xBF{\"a\":1}",
    "\xEF\xBB\xBF"
    "12",
    "[1,2",
    "]",
};

TEST(JsonLines, AnyTwoComeOutAsEachAlone) {
  for (const std::string& first : tricky) {
    for (const std::string& second : tricky) {
      const std::vector<std::string> lines = {first, second, R"({"last":"\n"})"};
      const auto alone = outcomes(copies(lines));
      EXPECT_EQ(outcomes(slices(lines, "\n")), alone) << first << '\n' << second;
      EXPECT_EQ(outcomes(slices(lines, "\r\n")), alone) << first << '\n' << second;
    }
  }
}

TEST(JsonLines, OtherGapsAreKeptApart) {
  const std::vector<std::string> lines = {R"({"a":1})", R"({"b":2})"};
  for (const char* gap : {"", " ", ",", "\"", "\n\n\n", "\\"}) {
    EXPECT_EQ(outcomes(slices(lines, gap)), lines) << gap;
  }
}

TEST(JsonLines, MayBeMoreThanAreLookedAtTogether) {
  std::vector<std::string> lines;
  for (int i = 0; i < 1000; ++i) {
    lines.push_back(R"({"number":)" + std::to_string(i) + R"(,"escaped":"\t","text":")" +
                    std::string(static_cast<std::size_t>(i), 'x') + "\"}");
  }
  EXPECT_EQ(outcomes(slices(lines, "\n")), lines);
}

TEST(JsonLines, OtherKindsOfPacketsMayStandBetween) {
  std::vector<Packet> packets = slices({"1", "2", "3"}, "\n");
  packets.insert(packets.begin() + 1, Packet::integer(5));
  EXPECT_THAT(
      outcomes(std::move(packets)),
      ::testing::ElementsAre("1", "2", "3", ::testing::HasSubstr("type: bytes are needed")));
}

TEST(JsonLines, DocumentsOutliveOneAnother) {
  Harness parse("json/parse");
  for (Packet& packet : slices({R"({"a":"first"})", R"({"a":"second"})"}, "\n")) {
    parse.send(std::move(packet));
  }
  parse.run();
  auto documents = parse.take();
  documents.erase(documents.begin());
  EXPECT_EQ(text_of(documents.at(0)), R"({"a":"second"})");
}

}  // namespace
}  // namespace weir::testing
