#include "http/_server.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <optional>
#include <utility>

#include "weir/text.hpp"

// GCC takes the frames of inlined Asio coroutines for memory from one function given to another.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace weir::components {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Parser = http::request_parser<http::buffer_body>;
using Response = http::response<http::string_body>;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr auto idle_timeout = std::chrono::seconds(60);
constexpr auto write_timeout = std::chrono::seconds(10);
// After a refusal the rest of the body is read and thrown away for a while, so that the client sees
// the answer and not a reset.
constexpr auto linger_timeout = std::chrono::seconds(2);
constexpr std::uint64_t linger_bytes = 4 * 1024 * 1024;
constexpr std::uint32_t header_limit = 16 * 1024;
constexpr auto accept_pause = std::chrono::milliseconds(50);

struct Endpoint {
  std::string host;
  std::string port;
};

std::optional<Endpoint> split_address(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  Endpoint result{address.substr(0, colon), address.substr(colon + 1)};
  if (result.host.size() > 2 && result.host.front() == '[' && result.host.back() == ']') {
    result.host = result.host.substr(1, result.host.size() - 2);
  } else if (result.host.find(':') != std::string::npos) {
    return std::nullopt;
  }
  unsigned port = 0;
  const char* end = result.port.data() + result.port.size();
  const auto [parsed, error] = std::from_chars(result.port.data(), end, port);
  if (error != std::errc() || parsed != end || port > 65535) return std::nullopt;
  return result;
}

Response answer(http::status status, std::string_view type, std::string body, unsigned version) {
  Response response{status, version};
  response.set(http::field::server, "weir");
  response.set(http::field::content_type, {type.data(), type.size()});
  response.body() = std::move(body);
  return response;
}

// RFC 9457 problem details; `packets` says how many lines were accepted all the same.
Response problem(http::status status, std::string_view detail, unsigned version,
                 std::optional<std::uint64_t> packets = {}) {
  std::string body =
      fmt::format("{{\"title\":\"{}\",\"status\":{},\"detail\":",
                  std::string_view(http::obsolete_reason(status)), static_cast<unsigned>(status));
  append_json_text(body, detail);
  if (packets) body += fmt::format(",\"packets\":{}", *packets);
  body += "}\n";
  return answer(status, "application/problem+json", std::move(body), version);
}

class Connection final : public HttpRequest, public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, std::shared_ptr<HttpHub> hub)
      : HttpRequest(hub->options().lines),
        stream_(std::move(socket)),
        resumed_(stream_.get_executor()),
        hub_(std::move(hub)) {
    error_code ignored;
    source = "POST from " + stream_.socket().remote_endpoint(ignored).address().to_string();
  }

  void resume() override {
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
      self->with_process_ = false;
      self->resumed_.cancel();
    });
  }

  asio::awaitable<void> serve() {
    const auto self = shared_from_this();
    while (co_await serve_one()) {
    }
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

 private:
  // False if the connection is to be closed.
  asio::awaitable<bool> serve_one() {
    Parser parser;
    parser.header_limit(header_limit);
    parser.body_limit(boost::none);
    stream_.expires_after(idle_timeout);
    auto [error, size] = co_await http::async_read_header(stream_, buffer_, parser, as_result);
    if (error) co_return co_await refuse_malformed(error);
    const unsigned version = parser.get().version();
    std::optional<Response> refusal = refuse(parser);
    if (!refusal && !hub_->begin_request()) {
      refusal = problem(http::status::service_unavailable,
                        "the graph is being drained and takes no more", version);
      refusal->set(http::field::retry_after, "10");
    }
    if (refusal) {
      co_await send(std::move(*refusal), false);
      co_await linger();
      co_return false;
    }
    const Response response = co_await take_body(parser);
    const bool keep =
        parser.keep_alive() && parser.is_done() && !broken && response.result() == http::status::ok;
    if (!broken) co_await send(response, keep);
    hub_->end_request();
    if (!broken && !keep) co_await linger();
    co_return keep;
  }

  std::optional<Response> refuse(const Parser& parser) const {
    const auto& request = parser.get();
    const unsigned version = request.version();
    const std::string_view target(request.target().data(), request.target().size());
    if (target.substr(0, target.find('?')) != hub_->options().path) {
      return problem(http::status::not_found,
                     fmt::format("lines are taken at {}", hub_->options().path), version);
    }
    if (request.method() != http::verb::post) {
      Response response =
          problem(http::status::method_not_allowed, "lines are taken by POST", version);
      response.set(http::field::allow, "POST");
      return response;
    }
    if (const auto length = parser.content_length(); length && *length > hub_->options().body_max) {
      return problem(http::status::payload_too_large, too_large(), version, 0);
    }
    if (hub_->output_full()) {
      Response response = problem(http::status::too_many_requests,
                                  "the graph is at capacity; send it again later", version, 0);
      response.set(http::field::retry_after, "1");
      return response;
    }
    return std::nullopt;
  }

  std::string too_large() const {
    return fmt::format("the body is larger than the limit of {} bytes; send it in parts",
                       hub_->options().body_max);
  }

  asio::awaitable<Response> take_body(Parser& parser) {
    last = broken = false;
    packets = 0;
    const unsigned version = parser.get().version();
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      http::response<http::empty_body> go_on{http::status::continue_, version};
      co_await http::async_write(stream_, go_on, as_result);
    }
    std::uint64_t total = 0;
    bool too_much = false;
    while (!last) {
      const auto room = reader.room();
      parser.get().body().data = room.data();
      parser.get().body().size = room.size();
      parser.get().body().more = true;
      error_code error;
      if (!parser.is_done()) {
        stream_.expires_after(idle_timeout);
        std::tie(error, std::ignore) =
            co_await http::async_read_some(stream_, buffer_, parser, as_result);
      }
      const std::size_t count = room.size() - parser.get().body().size;
      reader.filled(count);
      total += count;
      too_much = total > hub_->options().body_max;
      broken = error && error != http::error::need_buffer;
      last = parser.is_done() || broken || too_much;
      if (count != 0 || last) co_await hand_over();
    }
    reader.give_back();
    if (too_much) {
      co_return problem(http::status::payload_too_large, too_large(), version, packets);
    }
    co_return answer(http::status::ok, "application/json",
                     fmt::format("{{\"packets\":{}}}\n", packets), version);
  }

  // Lets the process empty the reader, and waits until it has.
  asio::awaitable<void> hand_over() {
    with_process_ = true;
    stream_.expires_never();
    hub_->hand_over(shared_from_this());
    while (with_process_) {
      resumed_.expires_at(asio::steady_timer::time_point::max());
      co_await resumed_.async_wait(as_result);
    }
  }

  asio::awaitable<bool> refuse_malformed(error_code error) {
    if (error == http::error::header_limit) {
      co_await send(problem(http::status::request_header_fields_too_large,
                            "the headers are larger than 16 KiB", 11),
                    false);
      co_await linger();
    } else if (error.category() == make_error_code(http::error::bad_method).category() &&
               error != http::error::end_of_stream && error != http::error::partial_message) {
      co_await send(problem(http::status::bad_request,
                            fmt::format("this is not HTTP/1.1: {}", error.message()), 11),
                    false);
      co_await linger();
    }
    co_return false;
  }

  asio::awaitable<void> send(Response response, bool keep_alive) {
    response.keep_alive(keep_alive);
    response.prepare_payload();
    stream_.expires_after(write_timeout);
    co_await http::async_write(stream_, response, as_result);
  }

  asio::awaitable<void> linger() {
    error_code error;
    stream_.socket().shutdown(tcp::socket::shutdown_send, error);
    stream_.expires_after(linger_timeout);
    char discarded[4096];
    std::size_t count = 0;
    for (std::uint64_t total = 0; !error && total < linger_bytes; total += count) {
      std::tie(error, count) = co_await stream_.async_read_some(asio::buffer(discarded), as_result);
    }
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{header_limit * 4};
  asio::steady_timer resumed_;
  std::shared_ptr<HttpHub> hub_;
  bool with_process_ = false;
};

class Server final : public std::enable_shared_from_this<Server> {
 public:
  Server(asio::io_context& io, std::shared_ptr<HttpHub> hub)
      : io_(io), acceptor_(asio::make_strand(io)), hub_(std::move(hub)) {}

  void listen() {
    const std::string& address = hub_->options().address;
    const std::optional<Endpoint> endpoint = split_address(address);
    if (!endpoint) throw Failure("io", wrong_with_address(address));
    error_code error;
    tcp::resolver resolver(acceptor_.get_executor());
    const auto found =
        resolver.resolve(endpoint->host, endpoint->port,
                         tcp::resolver::passive | tcp::resolver::numeric_service, error);
    if (!error) {
      const tcp::endpoint local = found.begin()->endpoint();
      acceptor_.open(local.protocol(), error);
      if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
      if (!error) acceptor_.bind(local, error);
      if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    }
    if (error == asio::error::address_in_use) {
      throw Failure("io", fmt::format("cannot listen on {}: another program listens there already; "
                                      "stop it, or set `address` to another port",
                                      address));
    }
    if (error) {
      throw Failure("io", fmt::format("cannot listen on {}: {}", address, error.message()));
    }
  }

  std::string local_address() const {
    error_code ignored;
    const tcp::endpoint local = acceptor_.local_endpoint(ignored);
    const std::string host = local.address().to_string();
    return fmt::format("{}:{}", local.address().is_v6() ? "[" + host + "]" : host, local.port());
  }

  void run() {
    asio::co_spawn(
        acceptor_.get_executor(), [self = shared_from_this()] { return self->accept(); },
        asio::detached);
  }

  void close() {
    asio::post(acceptor_.get_executor(), [self = shared_from_this()] {
      error_code ignored;
      self->acceptor_.close(ignored);
    });
  }

 private:
  asio::awaitable<void> accept() {
    while (acceptor_.is_open()) {
      auto [error, socket] = co_await acceptor_.async_accept(asio::make_strand(io_), as_result);
      if (error == asio::error::operation_aborted) co_return;
      if (error) {
        // No descriptor is left, say: try again a little later.
        asio::steady_timer pause(acceptor_.get_executor(), accept_pause);
        co_await pause.async_wait(as_result);
        continue;
      }
      const auto executor = socket.get_executor();
      auto connection = std::make_shared<Connection>(std::move(socket), hub_);
      asio::co_spawn(
          executor, [connection] { return connection->serve(); }, asio::detached);
    }
  }

  asio::io_context& io_;
  tcp::acceptor acceptor_;
  std::shared_ptr<HttpHub> hub_;
};

// Closes the server when the process lets go of it.
class Closer final : public HttpServer {
 public:
  explicit Closer(std::shared_ptr<Server> server) : server_(std::move(server)) {}
  ~Closer() override { server_->close(); }
  std::string local_address() const override { return server_->local_address(); }

 private:
  std::shared_ptr<Server> server_;
};

}  // namespace

std::unique_ptr<HttpServer> listen_http(asio::io_context& io, std::shared_ptr<HttpHub> hub) {
  auto server = std::make_shared<Server>(io, std::move(hub));
  server->listen();
  server->run();
  return std::make_unique<Closer>(std::move(server));
}

std::string wrong_with_address(const std::string& address) {
  if (split_address(address)) return {};
  return fmt::format(
      "\"{}\" is no address to listen on; write host:port, such as 127.0.0.1:8080 or [::1]:8080",
      address);
}

}  // namespace weir::components
