#include "http/_url.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "weir/component.hpp"

namespace weir::components {
namespace {

constexpr std::string_view scheme_end = "://";

/// The first of `characters` from `at` that is not part of a value.
std::size_t find_literal(std::string_view url, std::string_view characters, std::size_t at,
                         std::span<const FilledPlace> places) {
  for (; at < url.size(); ++at) {
    if (characters.find(url[at]) == characters.npos) continue;
    const bool filled = std::any_of(places.begin(), places.end(), [at](const FilledPlace& place) {
      return at >= place.begin && at < place.end;
    });
    if (!filled) return at;
  }
  return url.size();
}

bool fits_host(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._:[]").find(c) != std::string_view::npos ||
         static_cast<unsigned char>(c) >= 0x80;
}

void check_host(std::string_view url, std::size_t begin, std::size_t end,
                std::span<const FilledPlace> places) {
  // Behind user and password, whose @ the graph file has.
  std::size_t host = begin;
  for (std::size_t at = begin; (at = find_literal(url, "@", at, places)) < end;) host = ++at;
  for (const FilledPlace& place : places) {
    if (place.begin < begin || place.begin > end) continue;
    const std::string_view value = url.substr(place.begin, place.end - place.begin);
    if (place.begin < host ? value.find_first_of("/?#@\\") == value.npos
                           : !value.empty() && std::all_of(value.begin(), value.end(), fits_host)) {
      continue;
    }
    throw Failure("request",
                  fmt::format("the host in the url would be no host with the value of {}: it may "
                              "have letters, digits and -._: only, and may not be empty",
                              place.name));
  }
  const std::string_view name = url.substr(host, end - host);
  const bool filled = std::any_of(places.begin(), places.end(), [&](const FilledPlace& place) {
    return place.begin >= host && place.begin <= end;
  });
  if (filled && (name.starts_with('.') || name.find("..") != name.npos)) {
    throw Failure("request", "the host in the url would have an empty part with these values");
  }
}

/// The same with %2e as a dot.
std::string with_dots(std::string_view segment) {
  std::string out;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    const std::string_view three = segment.substr(i, 3);
    if (three == "%2e" || three == "%2E") {
      out += '.';
      i += 2;
    } else {
      out += segment[i];
    }
  }
  return out;
}

void check_segment(std::string_view url, std::size_t begin, std::size_t end,
                   std::span<const FilledPlace> places) {
  const auto place = std::find_if(places.begin(), places.end(), [&](const FilledPlace& each) {
    if (each.begin == each.end) return each.begin >= begin && each.end <= end;
    return each.begin < end && each.end > begin;
  });
  if (place == places.end()) return;
  const std::string part = with_dots(url.substr(begin, end - begin));
  if (!part.empty() && part != "." && part != "..") return;
  throw Failure("request",
                fmt::format("the value of {} would make a part of the url's path {}, which would "
                            "send the request elsewhere",
                            place->name, part.empty() ? "empty" : '"' + part + '"'));
}

}  // namespace

void check_filled_url(std::string_view url, std::span<const FilledPlace> places) {
  if (places.empty()) return;
  std::size_t begin = find_literal(url, ":", 0, places);
  if (!url.substr(begin).starts_with(scheme_end)) {
    // The address is in the first value.
    const FilledPlace& whole = places.front();
    if (whole.begin != 0 || whole.begin == whole.end) return;
    places = places.subspan(1);
    begin = whole.end;
    if (places.empty()) return;
  } else {
    begin += scheme_end.size();
    const std::size_t end = find_literal(url, "/?#", begin, places);
    check_host(url, begin, end, places);
    begin = end;
  }
  const std::size_t path_end = std::min(url.find_first_of("?#", begin), url.size());
  for (std::size_t at = begin; at < path_end;) {
    const std::size_t end = std::min(url.find('/', at), path_end);
    // A value right behind the address goes on with it.
    if (at != begin || url[at] == '/') check_segment(url, at, end, places);
    at = end + 1;
    // Behind the last slash is a part too.
    if (at == path_end && end != path_end) check_segment(url, at, at, places);
  }
}

std::string fault_of_whole_url(std::string_view url) {
  if (!url.starts_with('{') || url.starts_with("{{")) return {};
  const std::size_t end = url.find('}');
  if (end == url.npos) return {};
  std::string_view name = url.substr(1, end - 1);
  if (name.ends_with(":text") || url.substr(end + 1).starts_with(scheme_end)) return {};
  name = name.substr(0, name.rfind(':'));
  return fmt::format(
      "an address that comes from the packet is written {{{0}:text}}: what {{{0}}} "
      "puts in is percent-encoded, and http%3A%2F%2F begins no url",
      name);
}

}  // namespace weir::components
