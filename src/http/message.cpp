#include "http/message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "net/response.hpp"

namespace weir::http {

namespace {

/// The value of a parameter of a media type or range; empty if it has none.
std::string_view parameter(std::string_view media, std::string_view name) noexcept {
  cut(media, ';');
  while (!media.empty()) {
    std::string_view rest = cut(media, ';');
    if (equal_ignoring_case(cut(rest, '='), name)) {
      rest = trim(rest);
      if (rest.size() >= 2 && rest.front() == '"' && rest.back() == '"') {
        rest = rest.substr(1, rest.size() - 2);
      }
      return rest;
    }
  }
  return {};
}

double quality(std::string_view range) noexcept {
  const std::string_view text = parameter(range, "q");
  if (text.empty()) return 1;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return 0;
  return std::clamp(value, 0.0, 1.0);
}

/// How closely a range of an Accept header describes a media type: 0 not at all, 1 as */*, 2 as
/// type/*, 3 by name, 4 with its version.
int closeness(std::string_view range, std::string_view media) noexcept {
  const std::string_view wanted_version = parameter(range, "version");
  std::string_view range_type = cut(range, ';');
  std::string_view media_type = media;
  media_type = cut(media_type, ';');
  if (range_type == "*/*") return 1;
  if (equal_ignoring_case(range_type, media_type)) {
    if (wanted_version.empty()) return 3;
    return wanted_version == parameter(media, "version") ? 4 : 0;
  }
  const std::string_view type = cut(media_type, '/');
  const std::string_view wanted = cut(range_type, '/');
  return range_type == "*" && equal_ignoring_case(type, wanted) ? 2 : 0;
}

/// The quality that the closest range of the header gives a media type.
double acceptance(std::string_view accept, std::string_view media) noexcept {
  int closest = 0;
  double result = 0;
  while (!accept.empty()) {
    const std::string_view range = cut(accept, ',');
    const int close = closeness(range, media);
    if (close > closest) {
      closest = close;
      result = quality(range);
    }
  }
  return result;
}

}  // namespace

const std::string* Request::header(std::string_view name) const noexcept {
  for (const auto& [key, value] : headers) {
    if (equal_ignoring_case(key, name)) return &value;
  }
  return nullptr;
}

std::size_t Request::count(std::string_view name) const noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(
      headers, [&](const auto& header) { return equal_ignoring_case(header.first, name); }));
}

Response problem(int status, std::string_view detail) {
  nlohmann::ordered_json body;
  body["type"] = "about:blank";
  body["title"] = net::reason_phrase(status);
  body["status"] = status;
  body["detail"] = detail;
  Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = body.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
  return response;
}

Response not_with_this_method(const Request& request, std::string_view allowed) {
  Response response =
      problem(405, fmt::format("{} cannot be done with {}.", request.method, request.path));
  response.headers.emplace_back("Allow", allowed);
  return response;
}

std::string_view negotiate(std::string_view accept, const std::vector<std::string_view>& offered) {
  if (trim(accept).empty()) return offered.front();
  std::string_view best;
  double best_quality = 0;
  for (std::string_view media : offered) {
    const double value = acceptance(accept, media);
    if (value > best_quality) {
      best_quality = value;
      best = media;
    }
  }
  return best;
}

}  // namespace weir::http
