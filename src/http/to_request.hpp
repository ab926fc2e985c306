// A request as the admin server's handlers see it, of the head that was read from a connection.
#pragma once

#include <string>
#include <utility>

#include "http/message.hpp"
#include "net/request_head.hpp"

namespace weir::http {

/// Copies what the head only refers to; without a body yet. `peer` is the client's address.
inline Request to_request(const net::RequestHead& head, std::string peer) {
  Request request;
  request.method = head.method;
  request.path = head.path;
  request.query = head.query;
  request.authority = head.authority;
  request.http11 = head.http11;
  for (const auto& [name, value] : head.fields) request.headers.emplace_back(name, value);
  request.peer = std::move(peer);
  return request;
}

}  // namespace weir::http
