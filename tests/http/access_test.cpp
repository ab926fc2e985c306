#include "http/access.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "http/session.hpp"

namespace weir::http {
namespace {

using testing::HasSubstr;
using Headers = std::vector<std::pair<std::string, std::string>>;

/// The status of a refusal; 0 if there is none.
int refusal(const Access& access, Headers headers, bool open = false) {
  Request request;
  request.method = "GET";
  request.path = "/";
  request.headers = std::move(headers);
  const std::optional<Response> refused = access.refuse(request, open);
  return refused ? refused->status : 0;
}

Access loopback(std::vector<std::string> hosts = {}, std::optional<std::string> token = {}) {
  return Access({"127.0.0.1", "127.0.0.1", std::move(hosts), std::move(token)});
}

Access specific(std::optional<std::string> token = {}) {
  return Access({"weir.example.org", "192.0.2.7", {"proxy.example.org:8443"}, std::move(token)});
}

Access wildcard(std::optional<std::string> token = {}) {
  return Access({"", "::", {"weir.example.org"}, std::move(token)});
}

TEST(Access, OnLoopbackOnlyLoopbackHostsAreServed) {
  const Access access = loopback();
  for (const char* host : {"localhost", "localhost:7070", "LOCALHOST.", "127.0.0.1:7070",
                           "127.0.0.2", "[::1]:7070", "localhost:8080"}) {
    EXPECT_EQ(refusal(access, {{"Host", host}}), 0) << host;
  }
  for (const char* host : {"evil.example", "localhost.evil.example", "10.0.0.1", "192.0.2.7",
                           "[2001:db8::1]", "0.0.0.0", "127.0.0.1.evil.example"}) {
    EXPECT_EQ(refusal(access, {{"Host", host}}), 403) << host;
    EXPECT_EQ(refusal(access, {{"Host", host}}, true), 403) << host << " on an open path";
  }
}

TEST(Access, ListedHostsAreServed) {
  const Access access = loopback({"weir.example.org", "ported.example.org:81"});
  EXPECT_EQ(refusal(access, {{"Host", "weir.example.org"}}), 0);
  EXPECT_EQ(refusal(access, {{"Host", "Weir.Example.Org:8443"}}), 0);
  EXPECT_EQ(refusal(access, {{"Host", "ported.example.org:81"}}), 0);
  EXPECT_EQ(refusal(access, {{"Host", "ported.example.org"}}), 403);
  EXPECT_THROW(loopback({"not a host"}), net::BadAddress);
}

TEST(Access, AHostMustBeThereOnceAndWellFormed) {
  const Access access = loopback();
  EXPECT_EQ(refusal(access, {}), 400);
  EXPECT_EQ(refusal(access, {{"Host", ""}}), 400);
  EXPECT_EQ(refusal(access, {{"Host", "a b"}}), 400);
  EXPECT_EQ(refusal(access, {{"Host", "localhost"}, {"host", "localhost"}}), 400);
  Request old;
  old.http11 = false;
  EXPECT_FALSE(access.refuse(old, true)) << "health checks in HTTP/1.0 send none";
}

TEST(Access, AnAbsoluteTargetIsWhatCounts) {
  Request request;
  request.headers = {{"Host", "localhost"}};
  request.authority = "evil.example";
  EXPECT_EQ(loopback().refuse(request, false)->status, 403);
}

TEST(Access, PagesFromElsewhereAreRefused) {
  const Access access = loopback({"weir.example.org"});
  const auto with_origin = [&](const char* origin, const char* host = "localhost:7070") {
    return refusal(access, {{"Host", host}, {"Origin", origin}}, true);
  };
  EXPECT_EQ(with_origin("http://localhost:7070"), 0);
  EXPECT_EQ(with_origin("http://LOCALHOST:7070"), 0);
  EXPECT_EQ(with_origin("https://weir.example.org"), 0);
  EXPECT_EQ(with_origin("http://localhost", "localhost"), 0);
  EXPECT_EQ(with_origin("https://localhost", "localhost"), 0);
  for (const char* origin : {"http://evil.example", "null", "", "http://localhost:3000",
                             "http://127.0.0.1:7070", "file://", "http://localhost"}) {
    EXPECT_EQ(with_origin(origin), 403) << origin;
  }
  EXPECT_EQ(refusal(access, {{"Host", "localhost:7070"},
                             {"Origin", "http://localhost:7070"},
                             {"Origin", "http://evil.example"}}),
            403);
}

TEST(Access, OnOneAddressThatAndListedHostsAreServed) {
  const Access access = specific();
  for (const char* host : {"weir.example.org", "192.0.2.7:7070", "proxy.example.org:8443"}) {
    EXPECT_EQ(refusal(access, {{"Host", host}}, true), 0) << host;
  }
  for (const char* host : {"localhost", "evil.example", "192.0.2.8", "proxy.example.org"}) {
    EXPECT_EQ(refusal(access, {{"Host", host}}, true), 403) << host;
  }
}

TEST(Access, OnEveryAddressOpenPathsTakeAnyHost) {
  const Access access = wildcard("secret");
  for (const char* host :
       {"10.1.2.3:7070", "weir.namespace.svc:7070", "localhost", "[2001:db8::1]"}) {
    EXPECT_EQ(refusal(access, {{"Host", host}}, true), 0) << host;
  }
  EXPECT_EQ(refusal(access, {{"Host", "10.1.2.3"}, {"Origin", "http://evil.example"}}, true), 403);
}

TEST(Access, OnEveryAddressTheRestTakesNoUnknownName) {
  const Access access = wildcard("secret");
  const auto with_token = [&](const char* host) {
    return refusal(access, {{"Host", host}, {"Authorization", "Bearer secret"}});
  };
  for (const char* host : {"10.1.2.3:7070", "localhost", "[2001:db8::1]", "weir.example.org"}) {
    EXPECT_EQ(with_token(host), 0) << host;
  }
  EXPECT_EQ(with_token("evil.example"), 403);
}

TEST(Access, OffLoopbackTheTokenIsAskedFor) {
  const Access access = specific("secret");
  const auto with = [&](const char* authorization) {
    return refusal(access, {{"Host", "192.0.2.7"}, {"Authorization", authorization}});
  };
  EXPECT_EQ(with("Bearer secret"), 0);
  EXPECT_EQ(with("bearer secret"), 0);
  EXPECT_EQ(with("Bearer  secret"), 0);
  for (const char* wrong : {"Bearer secre", "Bearer secrets", "Bearer Secret", "Bearer ", "Bearer",
                            "Basic secret", "secret", ""}) {
    EXPECT_EQ(with(wrong), 401) << wrong;
  }
  EXPECT_EQ(refusal(access, {{"Host", "192.0.2.7"}}), 401);
  EXPECT_EQ(refusal(access, {{"Host", "192.0.2.7"}}, true), 0) << "open paths need none";
  Request request;
  request.headers = {{"Host", "192.0.2.7"}};
  EXPECT_EQ(access.refuse(request, false)->headers.at(0).first, "WWW-Authenticate");
}

TEST(Access, WithoutATokenFileItSaysHowToSetOne) {
  Request request;
  request.headers = {{"Host", "192.0.2.7"}, {"Authorization", "Bearer "}};
  const Response refused = specific().refuse(request, false).value();
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("--admin-token-file"));
}

TEST(Access, OnLoopbackNoTokenIsAskedFor) {
  EXPECT_EQ(refusal(loopback({}, "secret"), {{"Host", "localhost"}}), 0);
  EXPECT_FALSE(loopback().exposed());
  EXPECT_TRUE(specific().exposed());
  EXPECT_TRUE(wildcard().exposed());
}

/// The cookie of a response as a browser sends it back.
std::string cookie_of(const Response& response) {
  for (const auto& [name, value] : response.headers) {
    if (name == "Set-Cookie") return value.substr(0, value.find(';'));
  }
  return {};
}

Response ask_session(const Access& access, const char* method, Headers headers) {
  Request request;
  request.method = method;
  request.path = "/api/v1/session";
  request.headers = std::move(headers);
  return access.session(request);
}

int with_cookie(const Access& access, const std::string& cookie, const char* method = "GET",
                Headers more = {}) {
  Request request;
  request.method = method;
  request.headers = {{"Host", "192.0.2.7:7070"}, {"Cookie", cookie}};
  request.headers.insert(request.headers.end(), more.begin(), more.end());
  const std::optional<Response> refused = access.refuse(request, false);
  return refused ? refused->status : 0;
}

TEST(Access, APageNeedsNoTokenButTheRightHost) {
  Request request;
  request.headers = {{"Host", "192.0.2.7"}};
  EXPECT_FALSE(specific("secret").refuse_page(request));
  request.headers = {{"Host", "evil.example"}};
  EXPECT_EQ(wildcard("secret").refuse_page(request)->status, 403);
  request.headers = {{"Host", "192.0.2.7"}, {"Origin", "http://evil.example"}};
  EXPECT_EQ(specific("secret").refuse_page(request)->status, 403);
}

TEST(Access, TheTokenIsTradedForACookie) {
  const Access access = specific("secret");
  const Response given =
      ask_session(access, "POST", {{"Host", "192.0.2.7"}, {"Authorization", "Bearer secret"}});
  EXPECT_EQ(given.status, 204);
  const std::string& header = given.headers.at(0).second;
  for (const char* part : {"; Path=/", "; Max-Age=43200", "; HttpOnly", "; SameSite=Strict"}) {
    EXPECT_THAT(header, HasSubstr(part));
  }
  EXPECT_THAT(header, testing::Not(HasSubstr("secret")));
  EXPECT_THAT(header, testing::Not(HasSubstr("Secure"))) << "the request came without TLS";
  EXPECT_EQ(with_cookie(access, cookie_of(given)), 0);
  EXPECT_EQ(with_cookie(access, "a=b; " + cookie_of(given) + "; c=d"), 0);
  EXPECT_EQ(with_cookie(specific("another"), cookie_of(given)), 401);
  EXPECT_EQ(with_cookie(specific(), cookie_of(given)), 403) << "no token, no session";
}

TEST(Access, OnlyTheTokenGivesACookie) {
  const Access access = specific("secret");
  const auto ask = [&](Headers headers) {
    headers.emplace_back("Host", "192.0.2.7");
    return ask_session(access, "POST", std::move(headers));
  };
  const Response given = ask({{"Authorization", "Bearer secret"}});
  for (const Headers& headers : {Headers{}, Headers{{"Authorization", "Bearer wrong"}},
                                 Headers{{"Cookie", cookie_of(given)}}}) {
    const Response refused = ask(headers);
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(cookie_of(refused), "");
  }
  EXPECT_EQ(ask({{"Authorization", "Bearer secret"}, {"Origin", "http://evil.example"}}).status,
            403);
  EXPECT_EQ(ask_session(specific(), "POST", {{"Host", "192.0.2.7"}}).status, 403);
}

TEST(Access, OverTlsTheCookieIsForTlsAlone) {
  const Response given = ask_session(
      specific("secret"), "POST",
      {{"Host", "192.0.2.7"}, {"Origin", "https://192.0.2.7"}, {"Authorization", "Bearer secret"}});
  EXPECT_THAT(given.headers.at(0).second, HasSubstr("; Secure"));
}

TEST(Access, AForgedCookieIsRefused) {
  const Access access = specific("secret");
  std::string cookie = cookie_of(
      ask_session(access, "POST", {{"Host", "192.0.2.7"}, {"Authorization", "Bearer secret"}}));
  const std::string name = session_cookie_name(0);
  for (const std::string& wrong :
       {name + "=secret", name + "=9999999999.", name + "=." + std::string(64, '0'),
        name + "=9999999999." + std::string(64, '0'), cookie + "0", cookie.substr(0, 30),
        cookie + "; " + name + "=1.2"}) {
    EXPECT_EQ(with_cookie(access, wrong), 401) << wrong;
  }
  ++cookie[cookie.find('.') - 1];
  EXPECT_EQ(with_cookie(access, cookie), 401) << "the end is signed too";
}

TEST(Access, WhatACookieVouchesForNeedsAnOriginIfItChangesSomething) {
  const Access access = specific("secret");
  const std::string cookie = cookie_of(
      ask_session(access, "POST", {{"Host", "192.0.2.7"}, {"Authorization", "Bearer secret"}}));
  EXPECT_EQ(with_cookie(access, cookie, "PUT"), 403);
  EXPECT_EQ(with_cookie(access, cookie, "PUT", {{"Origin", "http://192.0.2.7:7070"}}), 0);
  EXPECT_EQ(with_cookie(access, cookie, "PUT", {{"Origin", "http://192.0.2.7:8080"}}), 403);
  EXPECT_EQ(with_cookie(access, cookie, "GET", {{"Origin", "http://evil.example"}}), 403);
  EXPECT_EQ(with_cookie(access, "", "PUT", {{"Authorization", "Bearer secret"}}), 0);
  EXPECT_EQ(with_cookie(access, cookie, "GET", {{"Authorization", "Bearer wrong"}}), 401)
      << "who sends a token means it";
}

TEST(Access, ASessionIsEndedByDelete) {
  const Response ended = ask_session(specific("secret"), "DELETE", {{"Host", "192.0.2.7"}});
  EXPECT_EQ(ended.status, 204);
  EXPECT_EQ(cookie_of(ended), session_cookie_name(0) + "=");
  EXPECT_THAT(ended.headers.at(0).second, HasSubstr("; Max-Age=0"));
  EXPECT_EQ(ask_session(specific("secret"), "DELETE",
                        {{"Host", "192.0.2.7"}, {"Origin", "http://evil.example"}})
                .status,
            403);
}

TEST(Access, AnEndedSessionIsOfNoUseToAnybody) {
  const Access access = specific("secret");
  const auto begin = [&] {
    return cookie_of(
        ask_session(access, "POST", {{"Host", "192.0.2.7"}, {"Authorization", "Bearer secret"}}));
  };
  const std::string ended = begin();
  const std::string other = begin();
  ask_session(access, "DELETE", {{"Host", "192.0.2.7"}, {"Cookie", ended}});
  EXPECT_EQ(with_cookie(access, ended), 401);
  EXPECT_EQ(with_cookie(access, other), 0);
}

TEST(Session, TooManyEndedOnesEndAll) {
  const SessionTime now = SessionTime(std::chrono::seconds(1000000));
  EndedSessions ended(2);
  const std::string kept = make_session("secret", now);
  for (int i = 0; i < 3; ++i) ended.add(make_session("secret", now), now);
  EXPECT_TRUE(ended.has(kept));
  EXPECT_FALSE(ended.has(make_session("secret", now + std::chrono::seconds(1))));
}

TEST(Access, OnLoopbackThereIsNothingToTrade) {
  const Response given = ask_session(loopback({}, "secret"), "POST", {{"Host", "localhost"}});
  EXPECT_EQ(given.status, 204);
  EXPECT_TRUE(given.headers.empty());
}

TEST(Session, Ends) {
  const SessionTime now = SessionTime(std::chrono::seconds(1000000));
  const std::string session = make_session("secret", now);
  EXPECT_TRUE(session_holds(session, "secret", now));
  EXPECT_TRUE(session_holds(session, "secret", now + session_age_max - std::chrono::seconds(1)));
  EXPECT_FALSE(session_holds(session, "secret", now + session_age_max));
  EXPECT_NE(session, make_session("secret", now + std::chrono::seconds(1)));
}

class TokenFile : public testing::Test {
 protected:
  TokenFile() {
    std::string name = (std::filesystem::temp_directory_path() / "weir-token-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    path_ = folder_ / "token";
  }
  ~TokenFile() override { std::filesystem::remove_all(folder_); }

  std::string read(std::string_view text) {
    std::ofstream(path_, std::ios::binary) << text;
    return read_token(path_);
  }
  std::string failure(std::string_view text) {
    try {
      return "accepted " + read(text);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  }

  std::filesystem::path folder_;
  std::filesystem::path path_;
};

TEST_F(TokenFile, IsTrimmed) {
  EXPECT_EQ(read("  a-secret\r\n\n"), "a-secret");
  EXPECT_EQ(read("a-secret"), "a-secret");
}

TEST_F(TokenFile, MustHoldOneToken) {
  EXPECT_THAT(failure(""), HasSubstr("is empty"));
  EXPECT_THAT(failure(" \n\t\n"), HasSubstr("is empty"));
  EXPECT_THAT(failure("two words"), HasSubstr("blanks"));
  EXPECT_THAT(failure("s\xc3\xa4"
                      "cret"),
              HasSubstr("not ASCII"));
  EXPECT_THAT(failure(std::string(5000, 'x')), HasSubstr("larger than"));
  EXPECT_THAT(failure("x"), HasSubstr("can be guessed"));
}

TEST_F(TokenFile, ThatEverybodyCanReadIsWarnedOf) {
  read("a-long-secret");
  ::chmod(path_.c_str(), 0644);
  EXPECT_THAT(token_file_warning(path_), HasSubstr("chmod 600"));
  ::chmod(path_.c_str(), 0640);
  EXPECT_EQ(token_file_warning(path_), "");
}

TEST_F(TokenFile, MustBeReadable) {
  EXPECT_THROW(read_token(folder_ / "nothing"), std::runtime_error);
  EXPECT_THROW(read_token(folder_), std::runtime_error);
}

}  // namespace
}  // namespace weir::http
