#include "net/address.hpp"

namespace weir::net {
namespace {

using testing::HasSubstr;

TEST(ListenAddress, HasFourForms) {
  EXPECT_EQ(parse_listen("127.0.0.1:7070").host, "127.0.0.1");
  EXPECT_EQ(parse_listen("127.0.0.1:7070").port, 7070);
  EXPECT_EQ(parse_listen("[::1]:80").host, "::1");
  EXPECT_EQ(parse_listen("[0:0:0:0:0:0:0:1]:80").host, "::1");
  EXPECT_EQ(parse_listen(":0").host, "");
  EXPECT_EQ(parse_listen(":0").port, 0);
  EXPECT_EQ(parse_listen("Weir.example.ORG:65535").host, "weir.example.org");
}

TEST(ListenAddress, SaysWhatIsWrong) {
  for (const auto& [text, why] : std::initializer_list<std::pair<const char*, const char*>>{
           {"", "no port"},
           {"7070", "no port"},
           {"localhost", "no port"},
           {"[::1]", "no port"},
           {"localhost:", "not a number"},
           {"localhost:http", "not a number"},
           {"localhost:65536", "not a number"},
           {"localhost:-1", "not a number"},
           {"::1:80", "not a number"},
           {"[::1:80", "malformed"},
           {"[::1]80", "malformed"},
           {"[localhost]:80", "malformed"},
           {"http://localhost:80", "not a number"},
           {"a b:80", "host name is malformed"}}) {
    SCOPED_TRACE(text);
    try {
      parse_listen(text);
      ADD_FAILURE() << "accepted";
    } catch (const BadAddress& error) {
      EXPECT_THAT(error.what(), HasSubstr(why));
      EXPECT_THAT(error.what(), HasSubstr("host:port"));
    }
  }
}

TEST(Authority, IsBroughtIntoOneForm) {
  EXPECT_EQ(parse_authority("LocalHost:80")->host, "localhost");
  EXPECT_EQ(parse_authority("localhost.")->host, "localhost");
  EXPECT_EQ(parse_authority("[0:0::1]:80")->host, "::1");
  EXPECT_EQ(parse_authority("a:80")->port, 80);
  EXPECT_EQ(parse_authority("a")->port, std::nullopt);
  EXPECT_EQ(parse_authority("a:")->port, std::nullopt);
}

TEST(Authority, RefusesWhatIsNone) {
  for (const char* text : {"", ":80", ".", "a:b", "a:99999", "a b", "a/b", "a@b", "[::1", "[a]",
                           "a,b", "a:80:80", "ex\xc3\xa4mple.org", "a%41"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(parse_authority(text), std::nullopt);
  }
}

TEST(Origin, HasThePortOfItsScheme) {
  EXPECT_EQ(parse_origin("http://a")->port, 80);
  EXPECT_EQ(parse_origin("https://a")->port, 443);
  EXPECT_EQ(parse_origin("https://a:8443")->port, 8443);
  for (const char* text :
       {"null", "", "file://", "http://", "http://a/path", "chrome-extension://a"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(parse_origin(text), std::nullopt);
  }
}

TEST(Loopback, IsToldFromOtherAddresses) {
  for (const char* host : {"localhost", "127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(is_loopback(host)) << host;
  }
  for (const char* host :
       {"", "0.0.0.0", "::", "128.0.0.1", "10.0.0.1", "::2", "localhost.evil.org",
        "127.0.0.1.evil.org", "127.1", "2130706433", "::ffff:10.0.0.1"}) {
    EXPECT_FALSE(is_loopback(host)) << host;
  }
}

TEST(Wildcard, IsToldFromOtherAddresses) {
  for (const char* host : {"", "0.0.0.0", "::"}) EXPECT_TRUE(is_wildcard(host)) << host;
  for (const char* host : {"127.0.0.1", "::1", "localhost"})
    EXPECT_FALSE(is_wildcard(host)) << host;
}

TEST(Join, PutsBracketsWhereTheyAreNeeded) {
  EXPECT_EQ(join("127.0.0.1", 1), "127.0.0.1:1");
  EXPECT_EQ(join("::1", 1), "[::1]:1");
}

}  // namespace
}  // namespace weir::net
