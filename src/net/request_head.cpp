#include "net/request_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "net/address.hpp"
#include "net/syntax.hpp"

namespace weir::net {

namespace {

using Outcome = std::optional<Refusal>;

Refusal bad(std::string_view detail) {
  return {400, std::string(detail)};
}

/// Cuts a line and its CRLF off the front of the text, which has it: the scanner saw to it.
std::string_view cut_line(std::string_view& text) {
  const std::size_t end = std::min(text.find("\r\n"), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 2, text.size()));
  return line;
}

bool starts_with_scheme(std::string_view target, std::string_view scheme) {
  return target.size() > scheme.size() &&
         equal_ignoring_case(target.substr(0, scheme.size()), scheme);
}

Outcome read_absolute(std::string_view target, std::size_t scheme, RequestHead& head) {
  target.remove_prefix(scheme);
  const std::size_t end = std::min(target.find_first_of("/?"), target.size());
  head.authority = target.substr(0, end);
  if (!parse_authority(head.authority))
    return bad("The host in the request's target is malformed.");
  head.path = target.substr(end);
  return {};
}

Outcome read_target(std::string_view target, RequestHead& head) {
  if (!is_target(target)) {
    return bad("The request's target has characters that a URL cannot have; percent-encode them.");
  }
  if (head.method == "CONNECT") return Refusal{501, "weir is not a proxy: CONNECT is not known."};
  head.path = target;
  if (starts_with_scheme(target, "http://")) {
    if (auto refusal = read_absolute(target, 7, head)) return refusal;
  } else if (starts_with_scheme(target, "https://")) {
    if (auto refusal = read_absolute(target, 8, head)) return refusal;
  } else if (!target.starts_with('/') && !(target == "*" && head.method == "OPTIONS")) {
    return bad("The request's target must be a path that starts with a slash.");
  }
  const std::size_t question = head.path.find('?');
  if (question != std::string_view::npos) {
    head.query = head.path.substr(question + 1);
    head.path = head.path.substr(0, question);
  }
  if (head.path.empty()) head.path = "/";
  return {};
}

Outcome read_version(std::string_view version, RequestHead& head) {
  const bool known = version.size() == 8 && version.starts_with("HTTP/1.") && version[7] >= '0' &&
                     version[7] <= '9';
  if (!known) return bad("The request is not HTTP/1.1 or HTTP/1.0.");
  // A higher minor version is spoken as the highest that is known (RFC 9110, 2.5).
  head.http11 = version[7] != '0';
  head.keep_alive = head.http11;
  return {};
}

Outcome read_request_line(std::string_view line, RequestHead& head) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || !is_token(line.substr(0, first))) {
    return bad("The request line is not \"METHOD TARGET HTTP/1.1\", with single spaces.");
  }
  head.method = line.substr(0, first);
  if (auto refusal = read_version(line.substr(last + 1), head)) return refusal;
  return read_target(line.substr(first + 1, last - first - 1), head);
}

Outcome read_field(std::string_view line, RequestHead& head) {
  if (line.front() == ' ' || line.front() == '\t') {
    return bad("A header goes on in the next line, which HTTP/1.1 does not allow.");
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return bad("A header is not \"Name: value\", without blanks before the colon.");
  }
  const std::string_view value = trim(line.substr(colon + 1));
  if (!is_field_value(value)) return bad("The value of a header has control characters.");
  head.fields.emplace_back(line.substr(0, colon), value);
  return {};
}

Outcome judge_host(const RequestHead& head) {
  const std::size_t hosts = head.count("host");
  if (hosts > 1) return bad("The request has more than one Host header.");
  if (hosts == 0) {
    if (head.http11) return bad("The request has no Host header.");
    return {};
  }
  if (!parse_authority(*head.field("host"))) return bad("The Host header is malformed.");
  return {};
}

Outcome read_length(std::string_view text, RequestHead& head) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || !std::ranges::all_of(text, digit)) {
    return bad("The Content-Length is not a number.");
  }
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), head.content_length);
  if (error != std::errc()) head.content_length = std::numeric_limits<std::uint64_t>::max();
  if (head.content_length != 0) head.body = RequestHead::Body::length;
  return {};
}

/// RFC 9112, 6.1 and 6.3: whoever sees the end of such a message elsewhere would take the rest for
/// another request.
Outcome read_codings(RequestHead& head) {
  if (!head.http11) return bad("HTTP/1.0 has no Transfer-Encoding.");
  if (head.count("content-length") != 0) {
    return bad("The request has both a Content-Length and a Transfer-Encoding.");
  }
  std::size_t codings = 0;
  bool ends_chunked = false;
  bool chunked_before = false;
  bool unknown = false;
  for (const auto& [name, value] : head.fields) {
    if (!equal_ignoring_case(name, "transfer-encoding")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::string_view coding = cut(rest, ',');
      if (coding.empty()) continue;
      ++codings;
      chunked_before |= ends_chunked;
      ends_chunked = equal_ignoring_case(coding, "chunked");
      const std::string_view type = coding.substr(0, coding.find_first_of("; \t"));
      unknown |= !equal_ignoring_case(type, "chunked") && !equal_ignoring_case(type, "identity");
    }
  }
  if (unknown && !chunked_before) {
    return Refusal{501, "The request has a Transfer-Encoding other than chunked."};
  }
  if (codings != 1 || !ends_chunked) {
    return bad("The Transfer-Encoding must be \"chunked\" and nothing else.");
  }
  head.body = RequestHead::Body::chunked;
  return {};
}

Outcome judge_body(RequestHead& head) {
  if (head.count("transfer-encoding") != 0) return read_codings(head);
  const std::size_t lengths = head.count("content-length");
  if (lengths > 1) return bad("The request has more than one Content-Length.");
  if (lengths == 0) return {};
  return read_length(*head.field("content-length"), head);
}

Outcome judge_expectation(RequestHead& head) {
  const std::string_view* expected = head.field("expect");
  if (expected == nullptr || !head.http11) return {};
  if (head.count("expect") > 1 || !equal_ignoring_case(*expected, "100-continue")) {
    return Refusal{417, "The only thing to expect is 100-continue."};
  }
  head.expects_continue = head.body != RequestHead::Body::none;
  return {};
}

void read_connection(RequestHead& head) {
  for (const auto& [name, value] : head.fields) {
    if (!equal_ignoring_case(name, "connection")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::string_view option = cut(rest, ',');
      if (equal_ignoring_case(option, "close")) {
        head.keep_alive = false;
        return;
      }
      if (equal_ignoring_case(option, "keep-alive")) head.keep_alive = true;
    }
  }
}

}  // namespace

const std::string_view* RequestHead::field(std::string_view name) const noexcept {
  for (const auto& [key, value] : fields) {
    if (equal_ignoring_case(key, name)) return &value;
  }
  return nullptr;
}

std::size_t RequestHead::count(std::string_view name) const noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(
      fields, [&](const auto& field) { return equal_ignoring_case(field.first, name); }));
}

std::string_view RequestHead::host() const noexcept {
  if (!authority.empty()) return authority;
  const std::string_view* header = field("host");
  return header == nullptr ? std::string_view() : *header;
}

Outcome read_head(std::string_view text, const HeadLimits& limits, RequestHead& head) {
  auto fields = std::move(head.fields);
  fields.clear();
  head = {};
  head.fields = std::move(fields);
  if (auto refusal = read_request_line(cut_line(text), head)) return refusal;
  for (;;) {
    const std::string_view line = cut_line(text);
    if (line.empty()) break;
    if (head.fields.size() == limits.fields_max) {
      return Refusal{431, fmt::format("The request has more than {} headers.", limits.fields_max)};
    }
    if (auto refusal = read_field(line, head)) return refusal;
  }
  if (auto refusal = judge_host(head)) return refusal;
  if (auto refusal = judge_body(head)) return refusal;
  read_connection(head);
  return judge_expectation(head);
}

}  // namespace weir::net
