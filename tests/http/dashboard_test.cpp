#include "http/dashboard.hpp"

namespace weir::http {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string header(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

const Asset& asset(std::string_view beginning) {
  for (const Asset& each : assets()) {
    if (each.path.starts_with(beginning)) return each;
  }
  throw std::runtime_error("no such asset");
}

Response get(const Asset& file, std::vector<std::pair<std::string, std::string>> headers = {}) {
  Request request;
  request.method = "GET";
  request.headers = std::move(headers);
  return dashboard(file, request);
}

TEST(Dashboard, ItsPageRunsNoScriptsButItsOwn) {
  const Response page = get(*find_asset("/"));
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  const std::string policy = header(page, "Content-Security-Policy");
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, HasSubstr("script-src 'self';"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
  for (const char* part : {"unsafe", "data:", "blob:", "http", "*"}) {
    EXPECT_THAT(policy, Not(HasSubstr(part)));
  }
  EXPECT_EQ(header(page, "Cache-Control"), "no-cache");
}

TEST(Dashboard, ItsPageNamesFilesThatAreThere) {
  const std::string page(find_asset("/")->plain);
  for (const Asset& each : assets()) {
    if (each.path == "/" || each.path.starts_with("/assets/layout-")) continue;
    EXPECT_THAT(page, HasSubstr('"' + std::string(each.path) + '"'));
  }
  EXPECT_THAT(page, HasSubstr("<noscript>"));
  EXPECT_THAT(std::string(asset("/assets/main-").plain),
              HasSubstr(std::string(asset("/assets/layout-").path)));
}

TEST(Dashboard, IsCompressedWhereThatIsAccepted) {
  const Asset& script = asset("/assets/main-");
  EXPECT_EQ(script.content_type, "text/javascript; charset=utf-8");
  for (const char* accepted : {"gzip", "br, GZIP;q=0.5", "deflate , gzip"}) {
    const Response response = get(script, {{"Accept-Encoding", accepted}});
    EXPECT_EQ(header(response, "Content-Encoding"), "gzip") << accepted;
    EXPECT_EQ(response.body, script.gzipped);
  }
  for (const char* other : {"", "br", "gzip;q=0", "xgzip"}) {
    const Response response = get(script, {{"Accept-Encoding", other}});
    EXPECT_EQ(header(response, "Content-Encoding"), "") << other;
    EXPECT_EQ(response.body, script.plain);
  }
  EXPECT_EQ(header(get(script), "Vary"), "Accept-Encoding");
}

TEST(Dashboard, WhatABrowserHasIsNotSentAgain) {
  const Asset& script = asset("/assets/main-");
  EXPECT_THAT(header(get(script), "Cache-Control"), HasSubstr("immutable"));
  const std::string plain = header(get(script), "ETag");
  const std::string gzipped = header(get(script, {{"Accept-Encoding", "gzip"}}), "ETag");
  EXPECT_NE(plain, gzipped);
  for (const std::string& known : {plain, "\"x\", W/" + plain, std::string("*")}) {
    const Response response = get(script, {{"If-None-Match", known}});
    EXPECT_EQ(response.status, 304) << known;
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(header(response, "ETag"), plain);
  }
  EXPECT_EQ(get(script, {{"If-None-Match", gzipped}}).status, 200);
}

TEST(Dashboard, HasNothingElse) {
  EXPECT_EQ(find_asset("/assets/"), nullptr);
  EXPECT_EQ(find_asset("/index.html"), nullptr);
  EXPECT_EQ(find_asset(""), nullptr);
}

}  // namespace
}  // namespace weir::http
