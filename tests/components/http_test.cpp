// The parts of http/request that need no server; tests/e2e/test_http_request.py has the rest.
#include <gmock/gmock.h>

#include <set>
#include <stdexcept>

#include "harness.hpp"
#include "http/_retry.hpp"
#include "http/_template.hpp"

namespace weir::testing {
namespace {

using components::Attempt;
using components::RetryPolicy;
using components::StatusSet;
using components::Template;
using components::TemplateForm;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

std::string filled(std::string_view source, const Packet& packet,
                   TemplateForm form = TemplateForm::text) {
  std::string text;
  Template(source, form, "url").append(text, packet);
  return text;
}

std::string wrong(std::string_view source) {
  try {
    const Template made(source, TemplateForm::url, "url");
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "nothing";
}

std::string failure(std::string_view source, const Packet& packet,
                    TemplateForm form = TemplateForm::text) {
  try {
    filled(source, packet, form);
  } catch (const Failure& error) {
    return error.kind() + ": " + error.what();
  }
  return "none";
}

TEST(HttpTemplate, PutsInFieldsAndPayloads) {
  const Packet packet = document(R"({"a":{"b":"x y"},"n":1.5,"t":true,"l":[1,"z"],"nil":null})");
  EXPECT_EQ(filled("<{a.b}|{n}|{t}|{l}>", packet), "<x y|1.5|true|[1,\"z\"]>");
  EXPECT_EQ(filled("{a.b}{l}", packet, TemplateForm::url), "x%20y%5B1%2C%22z%22%5D");
  EXPECT_EQ(filled("{a.b:json} {nil:json} {a.b:url} {a.b:text}", packet), "\"x y\" null x%20y x y");
  EXPECT_EQ(filled("{.}", Packet::copy_bytes("as it is")), "as it is");
  EXPECT_EQ(filled("/{.}", Packet::integer(7), TemplateForm::url), "/7");
}

TEST(HttpTemplate, LeavesPlainTextAlone) {
  const Packet packet = document(R"({"a":1})");
  EXPECT_EQ(filled(R"({"k": {"v": {a}}, "e": {}})", packet), R"({"k": {"v": 1}, "e": {}})");
  EXPECT_EQ(filled("{{a} { a }", packet), "{a} { a }");
  EXPECT_EQ(filled("", packet), "");
  EXPECT_TRUE(Template("http://x/{{y}", TemplateForm::url, "url").constant());
}

TEST(HttpTemplate, EncodesAllButUnreservedCharacters) {
  const Packet packet = Packet::copy_bytes("Az09-._~ /?#[]@!$&'()*+,;=%\xC3\xA4\r\n");
  EXPECT_EQ(filled("{.}", packet, TemplateForm::url),
            "Az09-._~%20%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D%25%C3%A4%0D%0A");
}

TEST(HttpTemplate, AnyByteCanBePercentEncodedAndAllElseIsText) {
  const Packet packet = Packet::copy_bytes("caf\xE9");
  EXPECT_EQ(filled("{.}", packet, TemplateForm::url), "caf%E9");
  for (const TemplateForm form : {TemplateForm::text, TemplateForm::json}) {
    EXPECT_THAT(failure("{.}", packet, form), HasSubstr("the payload is not UTF-8 (byte 4)"));
  }
}

TEST(HttpTemplate, SaysWhatIsWrong) {
  EXPECT_EQ(wrong("http://x/{id"), "url: the { at character 10 has no }; write {{ for a plain {");
  EXPECT_THAT(wrong("{id:hex}"), HasSubstr("{id:hex} has no form \"hex\""));
  const Packet packet = document(R"({"nil":null})");
  EXPECT_EQ(failure("{id}", packet),
            "request: url needs the field id, which the packet does not have");
  EXPECT_EQ(failure("{nil}", packet), "request: url needs a value in nil, which is null");
  EXPECT_THAT(failure("{id}", Packet::copy_bytes("x")),
              HasSubstr("the packet carries bytes: put json/parse before this process"));
}

TEST(HttpStatusSet, TakesCodesClassesAndRanges) {
  StatusSet set;
  for (const char* text : {"404", "2xx", "300-302"}) EXPECT_TRUE(set.add(text)) << text;
  for (const char* text :
       {"", "20", "2000", "6xx", "0xx", "xxx", "200-", "302-300", "a00", "099"}) {
    EXPECT_FALSE(set.add(text)) << text;
  }
  for (const long code : {200, 299, 300, 302, 404}) EXPECT_TRUE(set.has(code)) << code;
  for (const long code : {-1, 0, 199, 303, 405, 700}) EXPECT_FALSE(set.has(code)) << code;
}

RetryPolicy policy(bool repeatable) {
  RetryPolicy result;
  for (const char* status : {"429", "503", "502"}) result.statuses.add(status);
  result.repeatable = repeatable;
  return result;
}

TEST(HttpRetry, RepeatsOnlyWhatDoesNoHarm) {
  const Attempt cut{.may_pass = true};
  const Attempt refused{.unsent = true, .may_pass = true};
  const Attempt hopeless{.unsent = true};
  EXPECT_TRUE(policy(true).allows(cut, 1));
  EXPECT_FALSE(policy(false).allows(cut, 1));
  EXPECT_TRUE(policy(false).allows(refused, 1));
  EXPECT_FALSE(policy(true).allows(hopeless, 1));
  EXPECT_TRUE(policy(true).allows(cut, 3));
  EXPECT_FALSE(policy(true).allows(cut, 4));

  EXPECT_TRUE(policy(true).allows({.status = 502}, 1));
  EXPECT_FALSE(policy(false).allows({.status = 502}, 1));
  EXPECT_TRUE(policy(false).allows({.status = 429}, 1));
  EXPECT_FALSE(policy(false).allows({.status = 503}, 1));
  EXPECT_TRUE(policy(false).allows({.status = 503, .retry_after = 1s}, 1));
  EXPECT_FALSE(policy(true).allows({.status = 500}, 1));
  EXPECT_FALSE(policy(true).allows({.status = 429, .retry_after = 1h}, 1));
}

TEST(HttpRetry, WaitsARandomTimeThatGrowsToItsLimit) {
  RetryPolicy some = policy(true);
  some.first = 100ms;
  some.most = 1s;
  std::minstd_rand random(4711);
  const Duration limits[] = {100ms, 200ms, 400ms, 800ms, 1s, 1s};
  for (unsigned done = 1; done <= 6; ++done) {
    std::set<Duration> seen;
    for (int i = 0; i < 1000; ++i) seen.insert(some.delay({}, done, random));
    EXPECT_LE(*seen.rbegin(), limits[done - 1]);
    EXPECT_GT(*seen.rbegin(), limits[done - 1] * 9 / 10);
    EXPECT_LT(*seen.begin(), limits[done - 1] / 10);
  }
  // Never before the server wants it.
  for (int i = 0; i < 1000; ++i) {
    const Duration delay = some.delay({.status = 429, .retry_after = 5s}, 3, random);
    EXPECT_GE(delay, 5s);
    EXPECT_LE(delay, 5s + 100ms);
  }
}

TEST(HttpRequest, RefusesWrongOptionsWithoutQuotingSecrets) {
  const auto problems = [](Setting config) { return problems_of("http/request", config); };
  EXPECT_EQ(problems(map({{"url", "http://x/"}, {"bearer_token", "1234"}})).size(), 0u);
  EXPECT_EQ(problems(map({{"url", "http://x/"}, {"headers", map({{"X-Key", "1234"}})}})).size(),
            0u);
  const auto wrong_url = problems(map({{"url", "gopher://hidden/"}}));
  ASSERT_EQ(wrong_url.size(), 1u);
  EXPECT_THAT(wrong_url[0], Not(HasSubstr("hidden")));
}

}  // namespace
}  // namespace weir::testing
