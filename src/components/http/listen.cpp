#include <memory>
#include <utility>

#include "http/_server.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::components {
namespace {

class Listen final : public Process {
 public:
  explicit Listen(const Config& config)
      : options_{.address = config.text("address"),
                 .path = config.text("path"),
                 .body_max = config.size("limit"),
                 .connections_max = static_cast<std::uint64_t>(config.integer("connections")),
                 .client_timeout = config.duration("client_timeout"),
                 .lines = {.max_line = config.size("max_line"), .strip_cr = false}} {}

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
    if (piece.broken) {
      piece.reader.fail_rest(piece.source, "the client closed the connection in mid-line", out);
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
        "read "
        "at the pace of the graph. When all of its lines are in the connection the request is "
        "answered with `200` and `{\"packets\": n}`: they are accepted, not yet written.\n\n"
        "A request that arrives while the output is at capacity is answered with `429` and "
        "`Retry-After`, and nothing of it is taken; so are clients beyond `connections`. A body "
        "beyond `limit` is answered with `413`: "
        "at "
        "once if its length is announced, else with the number of packets that were taken before. "
        "While the network drains new requests get `503`. If a client goes away in mid-body, the "
        "complete lines count and the last, incomplete one goes to `error`.",
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
          .doc = "how many clients may be connected; others are answered with 429",
          .default_value = "1024",
          .min = 1,
          .max = 1'000'000},
         {.name = "client_timeout",
          .type = OptionType::duration,
          .doc = "a client that takes longer to send the headers of a request, or sends nothing of "
                 "its body for so long, is cut off; so is one that is idle",
          .default_value = "60s",
          .min = 0.001,
          .max = 86'400},
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
