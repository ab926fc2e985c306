#include "http/handshake.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace weir::http {

namespace {

/// True if one of the headers of this name has the token in its list.
bool has_token(const Request& request, std::string_view name, std::string_view token) {
  for (const auto& [key, value] : request.headers) {
    if (!equal_ignoring_case(key, name)) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      if (equal_ignoring_case(cut(rest, ','), token)) return true;
    }
  }
  return false;
}

/// 16 bytes as base64.
bool is_key(std::string_view text) {
  constexpr std::size_t length = 24;
  constexpr std::string_view padding = "==";
  return text.size() == length && text.ends_with(padding) &&
         std::ranges::all_of(text.substr(0, length - padding.size()), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '+' || c == '/';
         });
}

Response upgrade_required(std::string_view detail) {
  Response response = problem(426, detail);
  response.headers.emplace_back("Upgrade", "websocket");
  response.headers.emplace_back("Sec-WebSocket-Version", "13");
  return response;
}

}  // namespace

std::optional<Response> refuse_handshake(const Request& request) {
  if (!request.http11 || !has_token(request, "upgrade", "websocket") ||
      !has_token(request, "connection", "upgrade")) {
    return upgrade_required(fmt::format(
        "{} is a WebSocket: open it as ws://, or use the commands weir tap and weir top.",
        request.path));
  }
  const std::string* version = request.header("sec-websocket-version");
  if (version == nullptr || *version != "13") {
    return upgrade_required("The Sec-WebSocket-Version must be 13.");
  }
  const std::string* key = request.header("sec-websocket-key");
  if (key == nullptr || request.count("sec-websocket-key") != 1 || !is_key(*key)) {
    return problem(400, "The Sec-WebSocket-Key must be 16 bytes as base64.");
  }
  if (!request.body.empty()) return problem(400, "A WebSocket is opened without a body.");
  return {};
}

}  // namespace weir::http
