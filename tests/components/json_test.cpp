#include <gmock/gmock.h>

#include <memory>

#include "harness.hpp"

namespace weir::testing {
namespace {

using ::testing::HasSubstr;

/// The JSON read and written again, or what was wrong with it.
std::string through(std::string_view json) {
  Harness parse("json/parse");
  parse.send_bytes(json);
  parse.run();
  if (!parse.failed().empty()) {
    const FailedPacket& failed = parse.failed()[0];
    EXPECT_EQ(failed.kind, "parse");
    EXPECT_EQ(failed.packet.as_bytes(), json) << "the packet must keep its bytes";
    return "! " + failed.text;
  }
  const auto out = parse.take();
  return out.size() == 1 ? text_of(out[0]) : "nothing";
}

TEST(JsonParse, KeepsWhatIsRight) {
  for (const char* json :
       {R"({"a":1,"b":[true,false,null],"c":{"d":"e"},"f":""})", "{}", "[]", "[[],{}]", "5", "-5",
        "\"text\"", "null", "true", R"([1.5,-2.5e-07,1e+300])", "[0,-1,9223372036854775807]",
        "[-9223372036854775808,18446744073709551615]", R"({"a":{"a":{"a":[{"a":1}]}}})",
        R"(["ä","日本","😀"])", R"({"":0})", R"({"a\"b":"c\\d\n"})"}) {
    EXPECT_EQ(through(json), json);
  }
}

TEST(JsonParse, PassesOverSpaceAndByteOrderMarks) {
  EXPECT_EQ(through(" { \"a\" : [ 1 , 2 ] ,\t\"b\":\"c\" } \r"), R"({"a":[1,2],"b":"c"})");
  EXPECT_EQ(through("\xEF\xBB\xBF{\"a\":1}"), R"({"a":1})");
  EXPECT_EQ(through("  7  "), "7");
}

TEST(JsonParse, ResolvesEscapes) {
  EXPECT_EQ(through(R"({"k\u0041":"\u00e4\ud83d\ude00\/\t"})"), "{\"kA\":\"ä😀/\\t\"}");
}

TEST(JsonParse, ReadsNumbersExactly) {
  EXPECT_EQ(through("[-0,0.1,1E2,1e-400,123456789012345678]"),
            "[0,0.1,100.0,0.0,123456789012345678]");
}

TEST(JsonParse, ARealStaysAReal) {
  for (const char* json : {"1.0", "-0.0", "0.0", "-7.0", "[1.0,1,100000.0]", "1e+20", "1e-07",
                           "1e+17", "99999999999999984.0", "-2.5"}) {
    EXPECT_EQ(through(json), json);
  }
  EXPECT_EQ(through("-0"), "0");
  EXPECT_EQ(through("1200.50"), "1200.5");
}

TEST(JsonParse, KeepsBothOfEqualNames) {
  Packet packet = document(R"({"a":1,"a":2})");
  EXPECT_EQ(text_of(packet), R"({"a":1,"a":2})");
  EXPECT_EQ(packet.as_document().find("a")->as_integer(), 2);
}

TEST(JsonParse, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(through(""), "! not JSON: there is no value, the text is empty (byte 1)");
  EXPECT_EQ(through("   "), "! not JSON: there is no value, the text is empty (byte 1)");
  EXPECT_EQ(through(R"({"a":1)"), "! not JSON: a comma or } is missing (byte 7)");
  EXPECT_EQ(through(R"({"a":)"), "! not JSON: the text ends before the value does (byte 6)");
  EXPECT_EQ(through(R"({"a")"),
            "! not JSON: a colon is missing after the name of a field (byte 5)");
  EXPECT_EQ(through(R"({"a":"b)"), "! not JSON: the string that begins here has no end (byte 6)");
  EXPECT_EQ(through(R"({"a":1,})"),
            "! not JSON: the name of a field in quotes is missing (byte 8)");
  EXPECT_EQ(through("[1,]"), "! not JSON: a value is missing here (byte 4)");
  EXPECT_EQ(through("[1 2]"), "! not JSON: a comma or ] is missing (byte 4)");
  EXPECT_EQ(through("{} {}"), "! not JSON: there is more text after the value (byte 4)");
  EXPECT_EQ(through("\"a\"b"), "! not JSON: there is more text after the value (byte 4)");
  EXPECT_EQ(through("[tru]"), "! not JSON: a word here must be true, false or null (byte 2)");
  EXPECT_EQ(through("nullx"), "! not JSON: a word here must be true, false or null (byte 1)");
  EXPECT_EQ(through("hello"), "! not JSON: a value is missing here (byte 1)");
  EXPECT_EQ(through("[01]"), "! not JSON: a number must not begin with 0 (byte 2)");
  EXPECT_EQ(through("[1x]"), "! not JSON: a number has an unexpected character (byte 3)");
  EXPECT_EQ(through("[1\"a\"]"), "! not JSON: a number has an unexpected character (byte 3)");
  EXPECT_EQ(through("[1.]"), "! not JSON: a digit is missing after the point (byte 4)");
  EXPECT_EQ(through("[1e]"), "! not JSON: a digit is missing in the exponent (byte 4)");
  EXPECT_EQ(through("[-]"), "! not JSON: a digit is missing after the minus (byte 2)");
  EXPECT_EQ(through("[.5]"), "! not JSON: a value is missing here (byte 2)");
  EXPECT_EQ(through("[\"a\nb\"]"),
            "! not JSON: a control character in a string must be escaped (byte 4)");
  EXPECT_EQ(through("[\"ab\xFF\"]"), "! not JSON: the text is not UTF-8 (byte 5)");
  EXPECT_EQ(through("[\"ab\xC3\"]"), "! not JSON: the text is not UTF-8 (byte 5)");
  EXPECT_EQ(through(R"(["\x"])"), "! not JSON: an escape in the string is not valid (byte 2)");
  EXPECT_EQ(through(R"(["\ud800"])"), "! not JSON: an escape in the string is not valid (byte 2)");
  EXPECT_EQ(through(R"(["\udc00"])"), "! not JSON: an escape in the string is not valid (byte 2)");
  EXPECT_EQ(through("]"), "! not JSON: a value is missing here (byte 1)");
}

TEST(JsonParse, RefusesNumbersOutOfRange) {
  for (const char* json : {"18446744073709551616", "-9223372036854775809", "99999999999999999999",
                           "100000000000000000000000", "[19999999999999999999]"}) {
    EXPECT_THAT(through(json), HasSubstr("an integer is out of range (64 bits)")) << json;
  }
  EXPECT_THAT(through("1e999"), HasSubstr("a number is out of range"));
  EXPECT_THAT(through("-1e999"), HasSubstr("a number is out of range"));
}

TEST(JsonParse, BoundsTheDepth) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(through(nested(128)), nested(128));
  EXPECT_THAT(through(nested(129)), HasSubstr("nested too deeply (see max_depth) (byte 129)"));
  EXPECT_THAT(through(std::string(100'000, '[')), HasSubstr("nested too deeply"));
  std::string maps;
  for (int i = 0; i < 200; ++i) maps += "{\"a\":";
  EXPECT_THAT(through(maps), HasSubstr("nested too deeply"));
}

TEST(JsonParse, EveryPrefixIsRefusedWithoutReadingBeyondIt) {
  const std::string json = R"({"a":[1,-2.5e3,true,"x\u00e4y"],"b":{"c":null}})";
  for (std::size_t size = 0; size < json.size(); ++size) {
    EXPECT_EQ(through(json.substr(0, size)).substr(0, 1), "!") << size;
  }
}

// The text goes on behind the slice, as that of the next line in a chunk does.
TEST(JsonParse, ReadsNothingBehindTheSlice) {
  Bytes chunk = Bytes::copy("1234567{\"a\":12}\"rest\"");
  Harness parse("json/parse");
  parse.send(Packet::bytes(chunk.slice(0, 3)));
  parse.send(Packet::bytes(chunk.slice(7, 7)));
  parse.send(Packet::bytes(chunk.slice(7, 6)));
  parse.run();
  EXPECT_EQ(parse.texts(), std::vector<std::string>{"123"});
  EXPECT_EQ(parse.failed().size(), 2u);
}

TEST(JsonParse, SharesTextsWithThePacketsBuffer) {
  Packet line = Packet::copy_bytes(R"({"a":"some text"})");
  const char* begin = line.as_bytes().data();
  Harness parse("json/parse");
  parse.send(std::move(line));
  parse.run();
  const auto out = parse.take();
  const char* text = out.at(0).as_document().find("a")->as_text().data();
  EXPECT_EQ(text, begin + 6);
}

TEST(JsonParse, ParsesBytesWithoutABuffer) {
  Harness parse("json/parse");
  parse.send(Packet::bytes(Bytes(nullptr, R"({"a":1})")));
  parse.run();
  EXPECT_EQ(parse.texts(), std::vector<std::string>{R"({"a":1})"});
}

TEST(JsonParse, ParsesLongTexts) {
  std::string json = "[";
  for (int i = 0; i < 200'000; ++i) json += "{\"id\":" + std::to_string(i) + "},";
  json.back() = ']';
  EXPECT_EQ(through(json), json);
}

TEST(JsonParse, NeedsBytes) {
  Harness parse("json/parse");
  parse.send(Packet::integer(1));
  parse.run();
  ASSERT_EQ(parse.failed().size(), 1u);
  EXPECT_EQ(parse.failed()[0].kind, "type");
  EXPECT_THAT(parse.failed()[0].text,
              HasSubstr("bytes are needed but the packet carries a number"));
}

TEST(JsonFormat, WritesCompactJson) {
  Harness format("json/format");
  format.send(document(R"({ "a" : [ 1.50, "x" ] })"));
  format.send(Packet::real(0.1));
  format.send_bytes("text");
  format.run();
  EXPECT_EQ(format.texts(), (std::vector<std::string>{R"({"a":[1.5,"x"]})", "0.1"}));
  ASSERT_EQ(format.failed().size(), 1u);
  EXPECT_EQ(format.failed()[0].kind, "type");
}

}  // namespace
}  // namespace weir::testing
