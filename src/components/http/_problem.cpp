#include "http/_problem.hpp"

#include <fmt/format.h>

#include "net/response.hpp"
#include "weir/text.hpp"

namespace weir::components {

HttpReply problem(int status, std::string_view detail, std::optional<std::uint64_t> packets) {
  HttpReply reply{.status = status, .type = "application/problem+json"};
  reply.body = fmt::format(
      "{{\"title\":\"{}\",\"status\":{},\"detail\":", net::reason_phrase(status), status);
  append_json_text(reply.body, detail);
  if (packets) reply.body += fmt::format(",\"packets\":{}", *packets);
  reply.body += "}\n";
  return reply;
}

HttpReply retry_later(int status, std::string_view detail, std::string_view seconds,
                      std::optional<std::uint64_t> packets) {
  HttpReply reply = problem(status, detail, packets);
  reply.headers.emplace_back("Retry-After", seconds);
  return reply;
}

std::string to_bytes(const HttpReply& reply, bool head, bool http11, bool keep_alive) {
  return net::to_bytes({.status = reply.status,
                        .content_type = reply.type,
                        .body = reply.body,
                        .headers = reply.headers,
                        .head = head,
                        .http11 = http11,
                        .keep_alive = keep_alive});
}

}  // namespace weir::components
