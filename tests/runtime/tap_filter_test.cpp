#include "runtime/tap_filter.hpp"

#include <gtest/gtest.h>

namespace weir::runtime {
namespace {

Packet document() {
  Packet packet = Packet::document();
  Document& body = packet.edit_document();
  body.set("status", Value::integer(503));
  body.set("took", Value::real(0.5));
  body.set("service", body.copy_text("api"));
  body.set("code", body.copy_text("0700"));
  body.set("ok", Value::boolean(false));
  body.set("none", Value());
  body.set("message", body.copy_text("upstream timeout after 5s"));
  const Field inner{"method", Value::text("GET")};
  body.set("request", body.copy(Value::map({&inner, 1})));
  packet.set_attribute("path", "a.log");
  return packet;
}

bool matches(const Packet& packet, const char* condition) {
  return TapFilter(condition).matches(packet);
}

TEST(TapFilter, ComparesFieldsOfDocuments) {
  const Packet packet = document();
  for (const char* holds :
       {"status=503", "status>=500", "status>502.5", "status<=503", "status<504", "status!=200",
        "took=0.5", "took<1", "service=api", "service!=web", "service>a", "code=700", "ok=false",
        "none=null", "message~timeout", "request.method=GET", "@path=a.log", "@path~log",
        "status!=many"}) {
    EXPECT_TRUE(matches(packet, holds)) << holds;
  }
  for (const char* fails :
       {"status=200", "status>=504", "status=many", "service=web", "message~Timeout", "ok=true",
        "missing=1", "missing!=1", "@missing!=1", "request=GET", "request!=GET", "status~50",
        "~timeout", "request.path~a"}) {
    EXPECT_FALSE(matches(packet, fails)) << fails;
  }
}

TEST(TapFilter, ComparesThePayloadItself) {
  EXPECT_TRUE(matches(Packet::copy_bytes("an error"), "~error"));
  EXPECT_TRUE(matches(Packet::copy_bytes("x=1"), "=x=1"));
  EXPECT_FALSE(matches(Packet::copy_bytes("fine"), "~error"));
  EXPECT_FALSE(matches(Packet::copy_bytes("an error"), "message~error"));
  EXPECT_TRUE(matches(Packet::integer(10), ">=10"));
  EXPECT_FALSE(matches(Packet::real(9.5), ">=10"));
  EXPECT_FALSE(matches(Packet::nothing(), "!=1"));
}

TEST(TapFilter, ComparesNumbersExactly) {
  Packet packet = Packet::document();
  packet.edit_document().set("id", Value::unsigned_integer(18446744073709551615u));
  packet.edit_document().set("n", Value::integer(9007199254740993));
  packet.edit_document().set("t", Value::text("18446744073709551617"));
  for (const char* holds :
       {"id=18446744073709551615", "id>18446744073709551614", "id>1e19", "n=9007199254740993",
        "n!=9007199254740992", "n>9007199254740992.0", "t=18446744073709551617",
        "t!=18446744073709551616", "id!=18446744073709551617"}) {
    EXPECT_TRUE(matches(packet, holds)) << holds;
  }
  EXPECT_THROW(TapFilter("id>18446744073709551616"), BadTapFilter);
  EXPECT_THROW(TapFilter("id<1e999"), BadTapFilter);
}

TEST(TapFilter, SaysHowAConditionIsWritten) {
  for (const char* bad : {"", "status", "status~", "!status"}) {
    EXPECT_THROW(TapFilter{bad}, BadTapFilter) << bad;
  }
  try {
    static_cast<void>(TapFilter("status"));
  } catch (const BadTapFilter& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("\"status\" is no condition"));
    EXPECT_THAT(error.what(), testing::HasSubstr("status>=500"));
  }
}

}  // namespace
}  // namespace weir::runtime
