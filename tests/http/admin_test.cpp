#include "http/admin.hpp"

#include <nlohmann/json.hpp>

#include "../metrics/sample.hpp"

namespace weir::http {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class Admin : public testing::Test {
 protected:
  Admin() : figures_(metrics::sample_figures()), handler_(make({})) {}

  Handler make(AccessRules rules) {
    if (rules.bound_address.empty()) rules.bound_address = "127.0.0.1";
    return make_admin({[this] { return figures_.network; }, [this] { return figures_.program; },
                       [this] { return stuck_; }},
                      std::move(rules))
        .answer;
  }

  Response ask(const std::string& path, const std::string& method = "GET",
               const std::string& accept = "") {
    Request request;
    request.method = method;
    request.path = path;
    request.headers = {{"Host", "localhost:7070"}};
    if (!accept.empty()) request.headers.emplace_back("Accept", accept);
    return handler_(request);
  }

  static std::string header(const Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return {};
  }

  metrics::Figures figures_;
  std::string stuck_;
  Handler handler_;
};

TEST_F(Admin, ShowsMetricsAsText) {
  const Response response = ask("/metrics");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(response.body, HasSubstr("weir_workers{graph=\"sample\"} 2\n"));
}

TEST_F(Admin, ShowsMetricsAsOpenMetricsWhenAskedFor) {
  const Response response = ask("/metrics", "GET", "application/openmetrics-text;version=1.0.0");
  EXPECT_EQ(response.content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_TRUE(response.body.ends_with("# EOF\n"));
}

TEST_F(Admin, SaysWhichTypesThereAre) {
  const Response response = ask("/metrics", "GET", "image/png");
  EXPECT_EQ(response.status, 406);
  EXPECT_THAT(response.body, HasSubstr("text/plain; version=0.0.4"));
  EXPECT_EQ(ask("/api/v1/graph", "GET", "text/html").status, 406);
  EXPECT_EQ(ask("/readyz", "GET", "text/html").status, 200) << "probes are always answered";
}

TEST_F(Admin, IsLiveUnlessSomethingIsStuck) {
  EXPECT_EQ(ask("/livez").status, 200);
  for (runtime::Phase phase : {runtime::Phase::starting, runtime::Phase::draining,
                               runtime::Phase::ended, runtime::Phase::failed}) {
    figures_.network.phase = phase;
    EXPECT_EQ(ask("/livez").status, 200);
  }
  figures_.network.stuck = "parse";
  Response response = ask("/livez");
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(json::parse(response.body).at("reason"), HasSubstr("process parse"));
  figures_.network.stuck.clear();
  stuck_ = "the control thread has not run for 21 s";
  response = ask("/livez");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(json::parse(response.body).at("reason"), stuck_);
}

TEST_F(Admin, IsReadyWhileItRunsAndAfterItsEnd) {
  using runtime::Phase;
  for (Phase phase : {Phase::running, Phase::ended}) {
    figures_.network.phase = phase;
    EXPECT_EQ(ask("/readyz").status, 200);
    EXPECT_EQ(json::parse(ask("/readyz").body).at("phase"), runtime::to_string(phase));
  }
  figures_.network.failure = "write: the disk is full";
  for (const auto& [phase, reason] :
       std::initializer_list<std::pair<Phase, const char*>>{{Phase::starting, "starting"},
                                                            {Phase::draining, "draining"},
                                                            {Phase::failed, "the disk is full"}}) {
    figures_.network.phase = phase;
    const Response response = ask("/readyz");
    EXPECT_EQ(response.status, 503);
    EXPECT_THAT(json::parse(response.body).at("reason"), HasSubstr(reason));
  }
}

// Backpressure is no fault, but whoever asks why nothing comes finds it here.
TEST_F(Admin, IsReadyAndSaysSoWhileTheMemoryBudgetHoldsSources) {
  figures_.network.phase = runtime::Phase::running;
  figures_.network.memory.holds = true;
  figures_.network.memory.held_s = 1;
  EXPECT_FALSE(json::parse(ask("/readyz").body).contains("memory"));
  figures_.network.memory.held_s = 12;
  const Response response = ask("/readyz");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(json::parse(response.body).at("memory"), HasSubstr("held the sources for 12 s"));
}

TEST_F(Admin, AnswersAHeapProfileIfThereIsOne) {
  Response response = ask("/api/v1/heap-profile");
  EXPECT_EQ(response.status, 501);
  std::string profile;
  AdminSources sources{[this] { return figures_.network; },
                       [this] { return figures_.program; },
                       [] { return std::string(); },
                       {},
                       [&profile](std::string& why_not) {
                         why_not = "load jemalloc";
                         return profile;
                       }};
  AccessRules rules;
  rules.bound_address = "127.0.0.1";
  handler_ = make_admin(std::move(sources), std::move(rules)).answer;
  response = ask("/api/v1/heap-profile");
  EXPECT_EQ(response.status, 501);
  EXPECT_EQ(json::parse(response.body).at("detail"), "load jemalloc");
  profile = "heap_v2/524288";
  response = ask("/api/v1/heap-profile");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/octet-stream");
  EXPECT_EQ(response.body, profile);
}

TEST_F(Admin, ShowsTheMemoryBudget) {
  EXPECT_EQ(json::parse(ask("/api/v1/graph").body).at("memory"), (json{{"budget", 1000000},
                                                                       {"used", 5000},
                                                                       {"readers", 2000},
                                                                       {"pool", 65536},
                                                                       {"holds_sources", true},
                                                                       {"held_s", 1.5},
                                                                       {"times_held", 4}}));
  figures_.network.memory = {};
  EXPECT_TRUE(json::parse(ask("/api/v1/graph").body).at("memory").at("budget").is_null());
}

TEST_F(Admin, DescribesTheGraph) {
  const Response response = ask("/api/v1/graph");
  EXPECT_EQ(response.content_type, "application/json");
  const json body = json::parse(response.body);
  EXPECT_EQ(body.at("name"), "sample");
  EXPECT_EQ(body.at("generation"), 1);
  const json& write = body.at("processes").at(1);
  EXPECT_EQ(write.at("name"), "write");
  EXPECT_EQ(write.at("component"), "core/discard");
  EXPECT_EQ(write.at("concurrency"), 2);
  EXPECT_EQ(write.at("errors"), 1);
  EXPECT_EQ(write.at("errors_by_kind"), (json{{"parse", 1}}));
  EXPECT_EQ(write.at("ports").at(0),
            (json{{"name", "in"}, {"direction", "in"}, {"connected", true}, {"packets", 7}}));
  EXPECT_EQ(body.at("connections").at(0), (json{{"name", "read.out -> write.in"},
                                                {"from", "read.out"},
                                                {"to", "write.in"},
                                                {"packets", 3},
                                                {"bytes", 24},
                                                {"capacity", 2},
                                                {"overflow", 1},
                                                {"dropped", 0},
                                                {"put", 10},
                                                {"taken", 7}}));
}

TEST_F(Admin, TextThatIsNotUtf8DoesNotBreakTheJson) {
  figures_.network.processes[0].errors = {{"k\xff", 1}};
  figures_.network.failure = "\xc3";
  figures_.network.phase = runtime::Phase::failed;
  EXPECT_TRUE(json::parse(ask("/api/v1/graph").body).is_object());
  EXPECT_TRUE(json::parse(ask("/readyz").body).is_object());
  EXPECT_TRUE(json::parse(ask("/no\xff").body).is_object());
}

TEST_F(Admin, UnknownPathsAreProblems) {
  for (const char* path :
       {"/nothing", "/metrics/", "/api/v1", "//", "/Metrics", "/%6detrics", "*"}) {
    SCOPED_TRACE(path);
    const Response response = ask(path);
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(response.content_type, "application/problem+json");
    const json body = json::parse(response.body);
    EXPECT_EQ(body.at("status"), 404);
    EXPECT_EQ(body.at("title"), "Not Found");
    EXPECT_THAT(body.at("detail"), HasSubstr(path));
  }
}

TEST_F(Admin, OtherMethodsAreToldWhichThereAre) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "get"}) {
    const Response response = ask("/metrics", method);
    EXPECT_EQ(response.status, 405) << method;
    EXPECT_EQ(header(response, "Allow"), "GET, HEAD");
  }
  EXPECT_EQ(ask("/metrics", "HEAD").status, 200);
}

TEST_F(Admin, NothingIsStoredOrGuessedByBrowsers) {
  for (const char* path : {"/api/v1/graph", "/metrics", "/livez", "/nothing"}) {
    EXPECT_EQ(header(ask(path), "Cache-Control"), "no-store");
    EXPECT_EQ(header(ask(path), "X-Content-Type-Options"), "nosniff");
  }
}

TEST_F(Admin, TradesTheTokenForASession) {
  handler_ = make({"", "0.0.0.0", {}, "secret"});
  Request request;
  request.path = "/api/v1/session";
  request.method = "POST";
  request.headers = {{"Host", "localhost:7070"}, {"Authorization", "Bearer secret"}};
  const Response given = handler_(request);
  EXPECT_EQ(given.status, 204);
  EXPECT_EQ(header(given, "Cache-Control"), "no-store");
  const std::string cookie = header(given, "Set-Cookie");
  request.path = "/api/v1/graph";
  request.method = "GET";
  request.headers = {{"Host", "localhost:7070"}, {"Cookie", cookie.substr(0, cookie.find(';'))}};
  EXPECT_EQ(handler_(request).status, 200);
  const Response other = ask("/api/v1/session");
  EXPECT_EQ(other.status, 405);
  EXPECT_EQ(header(other, "Allow"), "POST, DELETE");
}

TEST_F(Admin, OffLoopbackOnlyTheOpenPathsAnswerWithoutAToken) {
  handler_ = make({"", "0.0.0.0", {}, "secret"});
  for (const char* path : {"/metrics", "/livez", "/readyz"}) EXPECT_EQ(ask(path).status, 200);
  for (const char* path : {"/api/v1/graph", "/api/v1/decisions", "/nothing"}) {
    EXPECT_EQ(ask(path).status, 401);
  }
  EXPECT_EQ(ask("/").status, 200) << "the page holds no data, and asks for the token";
}

}  // namespace
}  // namespace weir::http
