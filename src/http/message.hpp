// Requests and responses as the admin routes see them, free of any HTTP library. Plain data.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/syntax.hpp"

namespace weir::http {

class Stream;

struct Request {
  std::string method;
  /// The path without the query, as sent: nothing is decoded.
  std::string path;
  /// What follows the question mark.
  std::string query;
  /// "example.org:7070" if the target was an absolute URL, which then overrules the Host header.
  std::string authority;
  /// HTTP/1.1, else 1.0.
  bool http11 = true;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  /// The address that it came from; empty where that is not known.
  std::string peer;

  /// The first header of this name (any capitals), or nullptr.
  const std::string* header(std::string_view name) const noexcept;
  std::size_t count(std::string_view name) const noexcept;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  /// Set for a request that opens a WebSocket (see handshake.hpp): what its client is sent. All
  /// else is then of no use.
  std::shared_ptr<Stream> stream = {};
};

/// An RFC 9457 problem. `detail` says what is wrong and what to do.
Response problem(int status, std::string_view detail);

/// The answer to a method that a path has not; `allowed` are those that it has.
Response not_with_this_method(const Request& request, std::string_view allowed);

using net::cut;
using net::equal_ignoring_case;
using net::trim;

/// The one of `offered` media types (such as "text/html") that an Accept header prefers: the
/// earlier where it is indifferent, nothing if it accepts none. A parameter that a range gives,
/// such as version, must then be equal to the offered one's. An empty header accepts everything.
std::string_view negotiate(std::string_view accept, const std::vector<std::string_view>& offered);

}  // namespace weir::http
