#include "http/dashboard.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::http {

namespace {

constexpr std::string_view policy =
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types weir";

/// Whether one of the elements of a comma-separated header satisfies `test`.
template <class Test>
bool any_element(std::string_view header, Test test) {
  while (!header.empty()) {
    if (test(cut(header, ','))) return true;
  }
  return false;
}

bool accepts_gzip(const Request& request) {
  const std::string* header = request.header("accept-encoding");
  return header != nullptr && any_element(*header, [](std::string_view element) {
           const std::size_t end = element.find_first_of("; \t");
           return equal_ignoring_case(element.substr(0, end), "gzip") &&
                  (end == std::string_view::npos || !element.substr(end).ends_with("q=0"));
         });
}

/// If-None-Match compares weakly (RFC 9110, 13.1.2).
bool has_already(const Request& request, std::string_view tag) {
  const std::string* header = request.header("if-none-match");
  return header != nullptr && any_element(*header, [tag](std::string_view element) {
           if (element.starts_with("W/")) element.remove_prefix(2);
           return element == "*" || element == tag;
         });
}

}  // namespace

const Asset* find_asset(std::string_view path) {
  const auto all = assets();
  const auto found = std::ranges::find(all, path, &Asset::path);
  return found == all.end() ? nullptr : &*found;
}

Response dashboard(const Asset& asset, const Request& request) {
  const bool gzip = accepts_gzip(request);
  // What is encoded otherwise is another representation, so a strong tag must differ.
  const std::string tag = fmt::format("\"{}{}\"", asset.etag, gzip ? "-gzip" : "");
  Response response;
  response.content_type = asset.content_type;
  const bool page = asset.path == "/";
  response.headers = {{"ETag", tag},
                      {"Vary", "Accept-Encoding"},
                      {"Cache-Control", page ? "no-cache" : "public, max-age=31536000, immutable"}};
  if (page) {
    response.headers.emplace_back("Content-Security-Policy", policy);
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
  }
  if (has_already(request, tag)) {
    response.status = 304;
    return response;
  }
  if (gzip) response.headers.emplace_back("Content-Encoding", "gzip");
  response.body = gzip ? asset.gzipped : asset.plain;
  return response;
}

}  // namespace weir::http
