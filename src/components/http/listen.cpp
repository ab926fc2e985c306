#include <algorithm>
#include <memory>
#include <utility>

#include "http/_server.hpp"
#include "net/hosts.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::components {
namespace {

bool any_host(const Config& config) {
  const std::vector<std::string> hosts = config.text_list("hosts");
  return std::find(hosts.begin(), hosts.end(), "*") != hosts.end();
}

std::vector<std::string> hosts_of(const Config& config) {
  std::vector<std::string> hosts = config.text_list("hosts");
  std::erase(hosts, "*");
  return hosts;
}

class Listen final : public Process {
 public:
  explicit Listen(const Config& config)
      : options_{.address = config.text("address"),
                 .path = config.text("path"),
                 .body_max = config.size("limit"),
                 .connections_max = static_cast<std::uint64_t>(config.integer("connections")),
                 .client_timeout = config.duration("client_timeout"),
                 .rate_min = config.size("min_rate"),
                 .hosts = hosts_of(config),
                 .any_host = any_host(config),
                 .lines = {.max_line = config.size("max_line"),
                           .strip_cr = config.boolean("strip_cr")}} {}

  void start(Context& context) override {
    hub_ = std::make_shared<HttpHub>(options_, context.waker());
    server_ = listen_http(*context.asio(), hub_);
    context.log(LogLevel::info,
                "takes lines at http://" + server_->local_address() + options_.path);
  }

  Step step(Context& context) override {
    if (context.stopping() && server_ != nullptr) {
      hub_->refuse_new_requests();
      server_.reset();
    }
    if (const std::string warning = hub_->take_warning(); !warning.empty()) {
      context.log(LogLevel::warning, warning);
    }
    for (;;) {
      if (piece_ == nullptr) piece_ = hub_->next_piece();
      if (piece_ == nullptr) break;
      const std::size_t room = context.room();
      if (room == 0) return Step::output_full;
      if (!emit(*piece_, room, context.out())) continue;
      // Only what is in the connection is answered for.
      context.publish();
      std::exchange(piece_, nullptr)->resume();
    }
    return context.stopping() && hub_->idle() ? Step::done : Step::waiting;
  }

  void stop() noexcept override {
    if (hub_ != nullptr) hub_->refuse_new_requests();
    server_.reset();
  }

 private:
  // True if all of the piece was emitted.
  static bool emit(HttpRequest& piece, std::size_t room, Out& out) {
    const std::size_t emitted = piece.reader.emit(room, piece.source, out);
    piece.packets += emitted;
    if (emitted == room && piece.reader.rest() != 0) return false;
    if (!piece.broken.empty()) {
      piece.reader.fail_rest(piece.source, piece.broken, out);
    } else if (piece.last && piece.reader.emit_rest(piece.source, out)) {
      ++piece.packets;
    }
    return true;
  }

  HttpOptions options_;
  std::shared_ptr<HttpHub> hub_;
  std::unique_ptr<HttpServer> server_;
  std::shared_ptr<HttpRequest> piece_;
};

void check(const Config& config, Problems& problems) {
  const std::string wrong = wrong_with_address(config.text("address"));
  if (!wrong.empty()) problems.error(config.at("address"), wrong);
  try {
    const net::Hosts hosts({}, {}, hosts_of(config));
  } catch (const net::BadAddress& error) {
    problems.error(config.at("hosts"),
                   std::string("hosts: ") + error.what() +
                       "; write names such as lines.example.org, with a port if only that port "
                       "shall do, or \"*\" for any");
  }
  if (!config.text("path").starts_with('/')) {
    problems.error(config.at("path"), "path \"" + config.text("path") +
                                          "\" does not start with a slash; write \"/" +
                                          config.text("path") + "\"");
  }
}

const ComponentSpec spec{
    .name = "http/listen",
    .summary = "Takes lines that clients POST over HTTP",
    .doc =
        "Each line of a POSTed body becomes a packet of bytes, without its line end. The body is "
        "read at the pace of the graph. When all of its lines are in the connection the request is "
        "answered with `200` and `{\"packets\": n}`: they are accepted, not yet written. A body "
        "with "
        "`Content-Encoding: gzip`, `deflate` or `zstd` is decompressed as it comes in; other "
        "encodings get `415`.\n\n"
        "A request that arrives while the output is at capacity is answered with `429` and "
        "`Retry-After`, and nothing of it is taken; so are clients beyond `connections`. A body "
        "beyond `limit`, compressed or not, is answered with `413`: at once if its length is "
        "announced, else with the number of packets that were taken before. So is a body that is "
        "malformed in the middle or ends before its end (`400`), or takes too long (`408`): its "
        "complete lines count, and the last, incomplete one goes to `error`. While the network "
        "drains new requests get `503`.\n\n"
        "What is not a sound HTTP/1.1 request is refused before anything of it is taken. Web pages "
        "cannot send lines: an `Origin` other than the `Host` that is called gets `403`, and on a "
        "loopback address so does a `Host` that is not this machine; `hosts` says which others "
        "may. "
        "Headers may have 16 KiB, the request line 8 KiB.",
    .outputs = {{.name = "out",
                 .doc = "a packet of bytes for each line",
                 .type = PayloadType::bytes}},
    .options =
        {{.name = "address",
          .type = OptionType::text,
          .doc = "where to listen, `host:port` or `[IPv6]:port`; port 0 takes a free one, which is "
                 "logged",
          .default_value = "127.0.0.1:8080",
          .exclusive = true},
         {.name = "path",
          .type = OptionType::text,
          .doc = "the path of the URL; others are answered with 404",
          .default_value = "/"},
         {.name = "limit",
          .type = OptionType::size,
          .doc = "greatest size of a body",
          .default_value = "1GiB",
          .min = 1},
         {.name = "connections",
          .type = OptionType::integer,
          .doc =
              "how many clients may be connected; others are answered with 429, and so are those "
              "for whom the program has no descriptor left but those that it keeps for outputs "
              "and the admin page",
          .default_value = "1024",
          .min = 1,
          .max = 1'000'000},
         {.name = "client_timeout",
          .type = OptionType::duration,
          .doc = "a client that takes longer to send the headers of a request, or sends nothing of "
                 "its body for so long, gets 408 and is cut off; one that is idle is cut off",
          .default_value = "60s",
          .min = 0.001,
          .max = 86'400},
         {.name = "min_rate",
          .type = OptionType::size,
          .doc =
              "bytes of a body that a client must send each second: it may be waited for as long "
              "as `client_timeout`, and a second more for each so many bytes, the time that the "
              "graph needs left aside; 0 for a stream of lines that never ends",
          .default_value = "128B",
          .min = 0},
         {.name = "hosts",
          .type = OptionType::text_list,
          .doc =
              "further names, as in `Host` and `Origin`, that requests may have; `\"*\"` for any"},
         {.name = "strip_cr",
          .type = OptionType::boolean,
          .doc = "Take the carriage return of Windows line ends off as well.",
          .default_value = "false"},
         {.name = "max_line",
          .type = OptionType::size,
          .doc = "a longer line goes to `error`, cut short",
          .default_value = "1MiB",
          .min = 1,
          .max = 1 << 30}},
    .example = {.graph = R"(name: take-lines
processes:
  listen: {component: http/listen, config: {address: 127.0.0.1:8080}}
  write: {component: stdout/write}
connections:
  - listen -> write
)",
                .endless = true},
    .make = [](const Config& config) -> Instance { return std::make_unique<Listen>(config); },
    .check = check};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(http, listen, spec)
