// The two WebSockets of the admin API: who may open them, and what they send.
#include <deque>
#include <nlohmann/json.hpp>

#include "../metrics/sample.hpp"
#include "http/admin.hpp"
#include "http/events.hpp"
#include "http/query.hpp"
#include "http/stream.hpp"
#include "http/views.hpp"
#include "websocket_client.hpp"

namespace weir::http {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// A tap whose news the test makes.
struct FakeTap final : runtime::Tap {
  explicit FakeTap(std::deque<runtime::TapNews>& told) : news(told) {}
  void on_news(std::function<void()>) override {}
  std::optional<runtime::TapNews> next() override {
    if (news.empty()) return {};
    runtime::TapNews first = std::move(news.front());
    news.pop_front();
    return first;
  }
  std::deque<runtime::TapNews>& news;
};

class Streams : public testing::Test {
 protected:
  Streams() : figures_(metrics::sample_figures()) { handler_ = make({}); }

  Handler make(AccessRules rules) {
    if (rules.bound_address.empty()) rules.bound_address = "127.0.0.1";
    AdminSources sources{[this] { return figures_.network; }, [this] { return figures_.program; },
                         [] { return std::string(); }};
    sources.tap = [this](const runtime::TapRequest& request) {
      asked_ = request;
      if (request.port == "raed.out") throw runtime::UnknownPort("there is no port");
      return std::make_unique<FakeTap>(news_);
    };
    return make_admin(std::move(sources), std::move(rules)).answer;
  }

  static Request request(const std::string& path, const std::string& query = "") {
    Request request;
    request.method = "GET";
    request.path = path;
    request.query = query;
    request.headers = {{"Host", "localhost:7070"},
                       {"Upgrade", "websocket"},
                       {"Connection", "Upgrade"},
                       {"Sec-WebSocket-Version", "13"},
                       {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};
    return request;
  }
  Response tap(const std::string& query) { return handler_(request("/api/v1/tap", query)); }

  metrics::Figures figures_;
  std::deque<runtime::TapNews> news_;
  runtime::TapRequest asked_;
  Handler handler_;
};

TEST_F(Streams, AreOpenedByTheSameRulesAsOtherPaths) {
  for (const std::string path : {"/api/v1/events", "/api/v1/tap"}) {
    SCOPED_TRACE(path);
    Request good = request(path, path == "/api/v1/tap" ? "port=read.out" : "");
    EXPECT_NE(handler_(good).stream, nullptr);
    Request foreign_host = good;
    foreign_host.headers[0].second = "evil.example";
    EXPECT_EQ(handler_(foreign_host).status, 403);
    EXPECT_EQ(handler_(foreign_host).stream, nullptr);
    Request foreign_page = good;
    foreign_page.headers.emplace_back("Origin", "http://evil.example");
    EXPECT_EQ(handler_(foreign_page).status, 403);
    Request own_page = good;
    own_page.headers.emplace_back("Origin", "http://localhost:7070");
    EXPECT_NE(handler_(own_page).stream, nullptr);
    Request post = good;
    post.method = "POST";
    EXPECT_EQ(handler_(post).status, 405);
    Request plain = good;
    plain.headers.resize(1);
    EXPECT_EQ(handler_(plain).status, 426);
  }
  const Handler exposed =
      make({.listen_host = "", .bound_address = "0.0.0.0", .hosts = {}, .token = "secret"});
  Request stranger = request("/api/v1/events");
  EXPECT_EQ(exposed(stranger).status, 401);
  stranger.headers.emplace_back("Authorization", "Bearer secret");
  EXPECT_NE(exposed(stranger).stream, nullptr);
}

TEST_F(Streams, EventsHaveTheDocumentsOfGraphAndReport) {
  const auto stream = handler_(request("/api/v1/events")).stream;
  const Stream::Next next = stream->next();
  ASSERT_NE(next.message, nullptr);
  const json message = json::parse(*next.message);
  EXPECT_THAT(message.at("time").get<std::string>(),
              testing::MatchesRegex("[0-9-]{10}T[0-9:]{8}.[0-9]{3}Z"));
  EXPECT_EQ(message.at("graph"), json::parse(graph_json(figures_.network)));
  EXPECT_EQ(message.at("report"), nullptr) << "nobody watches it";
  const Stream::Next after = stream->next();
  EXPECT_EQ(after.message, nullptr);
  EXPECT_LE(after.again, std::chrono::seconds(1));
}

TEST(Events, AreBuiltOncePerPeriodForAll) {
  int built = 0;
  const auto graph = [&] { return std::to_string(++built) + '\n'; };
  const auto report = [] { return std::string("{\"limit\": null}\n"); };
  const auto events = Events::make(graph, report, std::chrono::hours(1));
  EXPECT_EQ(built, 0) << "nobody listens";
  const auto first = events->listen();
  const auto second = events->listen();
  const auto message = first->next().message;
  EXPECT_EQ(second->next().message, message);
  EXPECT_EQ(built, 1);
  EXPECT_EQ(json::parse(*message).at("graph"), 1);
  EXPECT_EQ(json::parse(*message).at("report"), json::parse(R"({"limit": null})"));
  EXPECT_EQ(first->next().message, nullptr);
  const auto often = Events::make(graph, {}, Duration(0));
  const auto listener = often->listen();
  const auto one = listener->next().message;
  const auto two = listener->next().message;
  EXPECT_NE(one, nullptr);
  EXPECT_NE(two, nullptr);
  EXPECT_NE(one, two);
}

TEST_F(Streams, ATapSaysWhatPassed) {
  const auto at = std::chrono::system_clock::time_point(std::chrono::milliseconds(1'500));
  const auto members = std::make_shared<const std::string>(R"("packet":1,"attributes":{})");
  news_ = {{at, members, 0}, {at, members, 7}, {at, nullptr, 0}, {at, members, 0}};
  const auto stream =
      tap("port=read.out&limit=3&every=2&where=status%3E%3D500&where=a%3Db+c").stream;
  ASSERT_NE(stream, nullptr);
  EXPECT_EQ(asked_.port, "read.out");
  EXPECT_EQ(asked_.every, 2U);
  EXPECT_EQ(asked_.where.size(), 2U);
  stream->open([] {});
  EXPECT_EQ(*stream->next().message,
            R"({"time":"1970-01-01T00:00:01.500Z","port":"read.out","packet":1,"attributes":{}})");
  EXPECT_EQ(json::parse(*stream->next().message).at("skipped"), 7);
  EXPECT_EQ(*stream->next().message,
            R"({"time":"1970-01-01T00:00:01.500Z","port":"read.out","gone":true})");
  const Stream::Next waiting = stream->next();
  EXPECT_NE(waiting.message, nullptr);
  EXPECT_FALSE(waiting.ended);
  EXPECT_TRUE(stream->next().ended) << "three packets were shown";
}

TEST_F(Streams, ABadTapIsAProblem) {
  struct Case {
    std::string query;
    int status;
    std::string detail;
  };
  for (const Case& each :
       {Case{"", 400, "name the port"}, Case{"port=", 400, "name the port"},
        Case{"port=raed.out", 404, "there is no port"},
        Case{"port=read.out&limit=0", 400, "limit must be a whole number of at least 1"},
        Case{"port=read.out&every=many", 400, "not \\\"many\\\""},
        Case{"port=read.out&limt=3", 400, "did you mean \\\"limit\\\""},
        Case{"port=read.out&where=status", 400, "is no condition"},
        Case{"port=read.out&where=%", 400, "two hexadecimal digits"}}) {
    SCOPED_TRACE(each.query);
    const Response response = tap(each.query);
    EXPECT_EQ(response.status, each.status);
    EXPECT_EQ(response.content_type, "application/problem+json");
    EXPECT_THAT(response.body, HasSubstr(each.detail));
    EXPECT_EQ(response.stream, nullptr);
  }
}

TEST(Queries, AreDecoded) {
  EXPECT_EQ(parse_query("a=1&b=x%20y+z&&c&d=e=f"),
            (Query{{"a", "1"}, {"b", "x y z"}, {"c", ""}, {"d", "e=f"}}));
  EXPECT_EQ(parse_query(""), Query{});
  for (const char* bad : {"a=%", "a=%4", "a=%zz", "%=a"}) EXPECT_FALSE(parse_query(bad)) << bad;
}

}  // namespace
}  // namespace weir::http
