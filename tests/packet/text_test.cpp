#include "weir/text.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace weir {
namespace {

std::string json(const Value& value) {
  std::string out;
  append_json(out, value);
  return out;
}

TEST(Text, WritesNumbersAsPeopleDo) {
  EXPECT_EQ(json(Value::integer(-12)), "-12");
  EXPECT_EQ(json(Value::unsigned_integer(std::numeric_limits<std::uint64_t>::max())),
            "18446744073709551615");
  EXPECT_EQ(json(Value::real(0.1)), "0.1");
  EXPECT_EQ(json(Value::real(100000)), "100000.0");
  EXPECT_EQ(json(Value::real(0.0001)), "0.0001");
  EXPECT_EQ(json(Value::real(0)), "0.0");
  EXPECT_EQ(json(Value::real(1e300)), "1e+300");
  EXPECT_EQ(json(Value::real(std::nan(""))), "null");
}

TEST(Text, EscapesWhatJsonDemands) {
  EXPECT_EQ(json(Value::text("a\"b\\c\nd\te\x01")), R"("a\"b\\c\nd\te\u0001")");
  EXPECT_EQ(json(Value::text("größe 🙂")), "\"größe 🙂\"");
}

TEST(Text, TakesCareOfEveryByteInEveryPlace) {
  for (int byte = 0; byte < 0x80; ++byte) {
    std::string alone = json(Value::text(std::string(1, static_cast<char>(byte))));
    alone = alone.substr(1, alone.size() - 2);
    for (std::size_t place = 0; place < 20; ++place) {
      std::string text(20, 'x');
      text[place] = static_cast<char>(byte);
      EXPECT_EQ(json(Value::text(text)),
                "\"" + std::string(place, 'x') + alone + std::string(19 - place, 'x') + "\"")
          << byte;
    }
  }
}

TEST(Text, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(json(Value::text("a\xFFz")), "\"a\xEF\xBF\xBDz\"");
  EXPECT_EQ(json(Value::text("\xE2\x82")), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(Text, KnowsWellFormedUtf8) {
  EXPECT_TRUE(is_utf8("plain, größe, 🙂"));
  EXPECT_FALSE(is_utf8("\xC0\x80")) << "overlong";
  EXPECT_FALSE(is_utf8("\xED\xA0\x80")) << "a surrogate";
  EXPECT_FALSE(is_utf8("\xF4\x90\x80\x80")) << "beyond U+10FFFF";
  EXPECT_FALSE(is_utf8("cut \xE2\x82"));
}

TEST(Text, EncodesBase64) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

TEST(Text, WritesPayloadsAsSinksDo) {
  std::string out;
  append_payload(out, Packet::copy_bytes("as they are"));
  append_payload(out, Packet::integer(5));
  append_payload(out, Packet::document());
  EXPECT_EQ(out, "as they are5{}");
}

}  // namespace
}  // namespace weir
