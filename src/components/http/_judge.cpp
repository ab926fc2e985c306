#include "http/_judge.hpp"

#include <fmt/format.h>

#include "net/address.hpp"
#include "net/content_decoder.hpp"
#include "weir/advice.hpp"

namespace weir::components {
namespace {

// A page in a visitor's browser may send lines anywhere, and reaches what only this machine does:
// by a name of its own that stands for the loopback address, too. What is not on the loopback
// address has many names.
std::optional<HttpReply> judge_source(const net::RequestHead& head, const HttpHub& hub,
                                      const net::Hosts& hosts) {
  if (hub.options().any_host) return std::nullopt;
  const std::optional<net::Authority> host = net::parse_authority(head.host());
  if (hosts.loopback() && host && !hosts.own(*host)) {
    return problem(403,
                   fmt::format("the Host {} is not this machine; if it is right, add it to the "
                               "option hosts of http/listen",
                               quote(host->host)));
  }
  const std::string_view* origin = head.field("origin");
  if (origin != nullptr &&
      (head.count("origin") != 1 || !hosts.own_origin(*origin, host ? &*host : nullptr))) {
    return problem(403, fmt::format("pages of the origin {} may not send lines; if they may, add "
                                    "its name to the option hosts of http/listen",
                                    quote(*origin)));
  }
  return std::nullopt;
}

std::optional<HttpReply> judge_coding(const net::RequestHead& head) {
  const std::string_view* coding = head.field("content-encoding");
  if (coding == nullptr || net::is_identity(*coding)) return std::nullopt;
  if (head.count("content-encoding") == 1 && net::knows_coding(*coding)) {
    return std::nullopt;
  }
  HttpReply reply = problem(415,
                            fmt::format("the body is encoded as {}; possible are {}, one at a time",
                                        quote(*coding), net::content_codings),
                            0);
  reply.headers.emplace_back("Accept-Encoding", net::content_codings);
  return reply;
}

}  // namespace

std::optional<HttpReply> judge(const net::RequestHead& head, const HttpHub& hub,
                               const net::Hosts& hosts) {
  const HttpOptions& options = hub.options();
  if (auto refusal = judge_source(head, hub, hosts)) return refusal;
  if (head.path != options.path) {
    return problem(404, fmt::format("lines are taken at {}", options.path));
  }
  if (head.method != "POST") {
    HttpReply reply = problem(405, "lines are taken by POST");
    reply.headers.emplace_back("Allow", "POST");
    return reply;
  }
  if (auto refusal = judge_coding(head)) return refusal;
  if (head.content_length > options.body_max) {
    return problem(413, too_large(options.body_max), 0);
  }
  if (hub.output_full()) {
    return retry_later(429, "the graph is at capacity; send it again later", "1", 0);
  }
  return std::nullopt;
}

std::string too_large(std::uint64_t body_max) {
  return fmt::format("the body is larger than the limit of {} bytes; send it in parts", body_max);
}

}  // namespace weir::components
