// The head of a request to the admin server, behind what src/net makes sure of: who may ask, and
// what Cookie, Accept, the query and a WebSocket's handshake say.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "http/access.hpp"
#include "http/handshake.hpp"
#include "http/message.hpp"
#include "http/query.hpp"
#include "http/session.hpp"
#include "http/to_request.hpp"
#include "net/request_head.hpp"
#include "net/response.hpp"
#include "target.hpp"
#include "weir/text.hpp"

namespace {

using namespace weir;

constexpr std::uint16_t port = 7070;
constexpr std::string_view token = "open-sesame";

http::Access guarding(std::string listen, std::string bound) {
  return http::Access(
      {std::move(listen), std::move(bound), {"listed.example"}, std::string(token), port});
}

void check_response(const http::Response& response) {
  fuzz::require(net::reason_phrase(response.status) != "Error", "an answer has a status");
  fuzz::require(is_utf8(response.body), "a body is UTF-8");
  for (const auto& [name, value] : response.headers) {
    fuzz::require(net::is_token(name) && net::is_field_value(value), "a header is one");
  }
}

/// The host that a request or a page names, by ways of its own.
bool is_host(std::string_view text, std::initializer_list<std::string_view> hosts) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (text.starts_with(scheme)) text.remove_prefix(scheme.size());
  }
  return std::ranges::any_of(hosts, [&](std::string_view host) {
    return net::equal_ignoring_case(text.substr(0, host.size()), host) &&
           std::string_view(":.0123456789abcdefABCDEF]").find(text.substr(host.size(), 1)) !=
               std::string_view::npos;
  });
}

void check_access(const http::Request& request) {
  static const http::Access open = guarding("127.0.0.1", "127.0.0.1");
  static const http::Access guarded = guarding("weir.example", "192.0.2.7");
  const std::string* host_header = request.header("host");
  const std::string_view host = !request.authority.empty() ? std::string_view(request.authority)
                                : host_header != nullptr   ? std::string_view(*host_header)
                                                           : std::string_view();
  const std::string* origin = request.header("origin");
  if (auto refusal = open.refuse(request, false)) {
    check_response(*refusal);
  } else {
    fuzz::require(host.empty() ? !request.http11
                               : is_host(host, {"localhost", "127.", "[", "listed.example"}),
                  "only what this machine is called is answered");
    fuzz::require(
        origin == nullptr || is_host(*origin, {"localhost", "127.", "[", "listed.example"}),
        "no page from elsewhere is answered");
  }
  if (auto refusal = guarded.refuse(request, false)) {
    check_response(*refusal);
  } else {
    const std::string* given = request.header("authorization");
    fuzz::require(given != nullptr && given->ends_with(token), "nobody comes in without the token");
    fuzz::require(host.empty() || is_host(host, {"weir.example", "192.0.2.7", "listed.example"}),
                  "only the server's names are answered");
  }
  const http::Response session = guarded.session(request);
  check_response(session);
}

void check_session(const http::Request& request) {
  const std::string_view cookie = http::find_cookie(request, http::session_cookie_name(port));
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  fuzz::require(!http::session_holds(cookie, token, now), "no session is made elsewhere");
  if (cookie.empty()) return;
  fuzz::require(std::ranges::any_of(request.headers,
                                    [&](const auto& header) {
                                      return header.second.find(cookie) != std::string::npos;
                                    }),
                "a cookie is part of a header");
}

std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

void check_query(const http::Request& request) {
  const auto query = http::parse_query(request.query);
  if (!query) return;
  std::string again;
  for (const auto& [name, value] : *query) {
    again += fmt::format("&{}={}", encoded(name), encoded(value));
  }
  fuzz::require(http::parse_query(again) == query, "a query that is written is read as the same");
}

void check_accept(const http::Request& request) {
  const std::vector<std::string_view> offered{"text/html", "application/json",
                                              "text/plain; version=0.0.4"};
  const std::string* accept = request.header("accept");
  const std::string_view chosen = http::negotiate(accept == nullptr ? "" : *accept, offered);
  fuzz::require(chosen.empty() || std::ranges::find(offered, chosen) != offered.end(),
                "what is chosen was offered");
  fuzz::require(accept != nullptr || chosen == offered.front(), "who says nothing takes anything");
}

void check_handshake(const http::Request& request) {
  if (auto refusal = http::refuse_handshake(request)) {
    check_response(*refusal);
    return;
  }
  const std::string* key = request.header("sec-websocket-key");
  fuzz::require(request.http11 && request.header("upgrade") != nullptr &&
                    request.header("connection") != nullptr && key != nullptr && key->size() == 24,
                "a WebSocket is asked for as RFC 6455 says");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  net::HeadScanner scanner{net::HeadLimits()};
  if (scanner.scan(text) || scanner.size() == 0) return 0;
  net::RequestHead head;
  if (net::read_head(text.substr(scanner.skipped(), scanner.size()), {}, head)) return 0;
  const http::Request request = http::to_request(head, {});
  check_access(request);
  check_session(request);
  check_query(request);
  check_accept(request);
  check_handshake(request);
  return 0;
}
