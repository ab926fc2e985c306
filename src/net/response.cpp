#include "net/response.hpp"

#include <fmt/format.h>

#include <array>
#include <ctime>
#include <iterator>

namespace weir::net {

namespace {

/// Made once a second for each thread.
std::string_view http_date() {
  thread_local std::time_t made = 0;
  thread_local std::array<char, 64> text;
  thread_local std::size_t size = 0;
  const std::time_t now = std::time(nullptr);
  if (now != made) {
    std::tm utc{};
    gmtime_r(&now, &utc);
    // The C locale, which the program never leaves, has the names that the format demands.
    size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
    made = now;
  }
  return {text.data(), size};
}

}  // namespace

std::string_view reason_phrase(int status) noexcept {
  switch (status) {
    case 200: return "OK";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    default: return "Error";
  }
}

std::string to_bytes(const ResponseForm& form) {
  std::string out = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", form.status,
                                reason_phrase(form.status), http_date());
  const auto back = std::back_inserter(out);
  // Those of no content must not say how much of it there is.
  if (form.status != 204 && form.status != 304) {
    fmt::format_to(back, "Content-Type: {}\r\nContent-Length: {}\r\n", form.content_type,
                   form.body.size());
  }
  for (const auto& [name, value] : form.headers) fmt::format_to(back, "{}: {}\r\n", name, value);
  if (!form.keep_alive) {
    out += "Connection: close\r\n";
  } else if (!form.http11) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
  if (!form.head) out += form.body;
  return out;
}

}  // namespace weir::net
