#include "http/server.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <iterator>
#include <list>
#include <optional>
#include <thread>
#include <utility>

#include "http/budget.hpp"
#include "http/second_thread.hpp"
#include "http/to_request.hpp"
#include "http/websocket.hpp"
#include "net/http_connection.hpp"
#include "net/listener.hpp"
#include "net/log_limit.hpp"
#include "net/response.hpp"

// GCC takes the frames of inlined Asio coroutines for memory from one function given to another.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace weir::http {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Got = net::HttpConnection::Got;
using Body = net::HttpConnection::Body;

/// What the clients of WebSockets get, when the server stops, to answer its goodbye.
constexpr auto goodbye_timeout = std::chrono::seconds(1);
/// What connections beyond the limit may take.
constexpr auto spare_timeout = std::chrono::seconds(1);
/// Answers up to this size are sent whatever others wait for.
constexpr std::size_t small_answer_bytes = 16 * 1024;

struct Connection {
  Connection(tcp::socket socket, const net::HeadLimits& head, const net::TimeLimits& times)
      : http(std::move(socket), head, times) {}

  net::HttpConnection http;
  /// Nothing is being answered: it may be closed for a new connection.
  bool waiting = true;
};
/// The connection that has waited longest stands first.
using Connections = std::list<Connection>;

Response busy(std::string_view detail) {
  Response response = problem(503, detail);
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace

class Server::Impl {
 public:
  explicit Impl(const ServerOptions& options)
      : options_(options),
        timer_(io_),
        listener_(std::make_shared<net::Listener>(io_.get_executor())),
        second_(1) {
    head_limits_.bytes_max = options.header_bytes_max;
    head_limits_.line_bytes_max = std::min(head_limits_.line_bytes_max, options.header_bytes_max);
    times_ = {.idle = options.idle_timeout,
              .head = options.request_timeout,
              .request = options.request_timeout,
              .write = options.write_timeout};
    bind();
  }

  ~Impl() {
    asio::post(io_, [this] { stop(); });
    if (thread_.joinable()) thread_.join();
    second_.stop();
    second_.join();
    for (const auto& websocket : websockets_) websocket->abandon();
  }

  void start(Service service) {
    service_ = std::move(service);
    listener_->start({.executor_for_one = [this] { return io_.get_executor(); },
                      .take = [this](tcp::socket socket) { take(std::move(socket)); },
                      .short_of = [this](const std::string& what) { short_of(what); }});
    thread_ = std::thread([this] { run(); });
  }

  tcp::endpoint endpoint() const { return listener_->endpoint(); }

 private:
  void bind();
  void run();
  void take(tcp::socket socket);
  void short_of(const std::string& what);
  asio::awaitable<void> serve(Connections::iterator connection);
  asio::awaitable<void> serve_spare(Connection& connection);
  asio::awaitable<bool> answer_next(Connection& connection);
  asio::awaitable<std::optional<Response>> read_body(net::HttpConnection& http, Request& request,
                                                     std::size_t most, Budget::Share& share);
  asio::awaitable<Response> respond(const Request& request);
  asio::awaitable<bool> send(net::HttpConnection& http, Response response, bool keep_alive);
  asio::awaitable<void> refuse(net::HttpConnection& http, Response response);
  std::optional<Response> screen(const Request& request, std::size_t& body_bytes_max) const;
  Response call(const Request& request) const;
  void stop();
  void goodbye_said();
  void connection_failed(const std::exception_ptr& error);
  std::optional<Response> open_websocket(Connection& connection, const Request& request,
                                         std::shared_ptr<Stream>& stream);
  bool make_room();

  ServerOptions options_;
  net::HeadLimits head_limits_;
  net::TimeLimits times_;
  Budget bodies_{options_.bodies_bytes_max};
  Budget answers_{options_.answers_bytes_max};
  Budget waiting_{options_.waiting_requests_max};
  net::LogLimit failures_;
  Service service_;
  asio::io_context io_{1};
  asio::steady_timer timer_;
  std::shared_ptr<net::Listener> listener_;
  Connections connections_;
  std::list<std::shared_ptr<WebSocket>> websockets_;
  /// Only WebSockets are waited for.
  bool stopping_ = false;
  asio::thread_pool second_;
  std::thread thread_;
};

void Server::Impl::bind() {
  try {
    listener_->bind(options_.listen);
  } catch (const net::CannotListen& error) {
    throw ListenFailure(
        fmt::format("{}{}; {}", error.what(), error.in_use() ? ", perhaps by another weir" : "",
                    error.in_use() ? "stop that program, or choose another address with --listen "
                                     "(port 0 takes a free one)"
                                   : "choose another address with --listen"));
  }
}

void Server::Impl::run() {
  // What a handler lets out costs what it was about, never the program.
  for (;;) {
    try {
      io_.run();
      return;
    } catch (...) {
      connection_failed(std::current_exception());
    }
  }
}

void Server::Impl::connection_failed(const std::exception_ptr& failure) {
  const auto before = failures_.pass();
  if (!before) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    spdlog::error(
        "admin: a connection was closed, since it could not be served: {}; {} more since "
        "the last such message",
        error.what(), *before);
  } catch (...) {
    spdlog::error("admin: a connection was closed, since it could not be served");
  }
}

void Server::Impl::stop() {
  listener_->close();
  timer_.cancel();
  for (Connection& connection : connections_) connection.http.cancel();
  stopping_ = true;
  for (const auto& websocket : websockets_) websocket->go_away();
  goodbye_said();
  timer_.expires_after(goodbye_timeout);
  timer_.async_wait([this](error_code cancelled) {
    if (!cancelled) io_.stop();
  });
}

void Server::Impl::goodbye_said() {
  if (stopping_ && websockets_.empty()) io_.stop();
}

/// Takes the connection over, and the stream, if it can; else answers why not.
std::optional<Response> Server::Impl::open_websocket(Connection& connection, const Request& request,
                                                     std::shared_ptr<Stream>& stream) {
  if (stopping_) return problem(503, "weir is stopping.");
  if (websockets_.size() >= options_.websockets_max) {
    return problem(503, fmt::format("{} WebSockets are open, which is the most; close one of them, "
                                    "or try again.",
                                    websockets_.size()));
  }
  if (connection.http.sent_more()) {
    return problem(400, "The client sent more before the WebSocket was open.");
  }
  const WebSocketLimits limits{options_.request_timeout, options_.write_timeout,
                               options_.idle_timeout};
  websockets_.push_back(
      make_websocket(connection.http.release(), second_, request, std::move(stream), limits));
  const auto place = std::prev(websockets_.end());
  (*place)->start([this, place] {
    websockets_.erase(place);
    goodbye_said();
  });
  return {};
}

void Server::Impl::take(tcp::socket socket) {
  connections_.emplace_back(std::move(socket), head_limits_, times_);
  const auto connection = std::prev(connections_.end());
  try {
    asio::co_spawn(io_, serve(connection), [this, connection](const std::exception_ptr& error) {
      connections_.erase(connection);
      if (error) connection_failed(error);
    });
  } catch (...) {
    connections_.erase(connection);
    throw;
  }
}

void Server::Impl::short_of(const std::string& what) {
  if (!failures_.pass()) return;
  spdlog::error(
      "admin: no connection can be taken for now: {}; trying again. If that lasts, raise the limit "
      "on open files (ulimit -n, LimitNOFILE= of the service)",
      what);
}

bool Server::Impl::make_room() {
  if (connections_.size() <= options_.connections_max) return true;
  const auto longest = std::ranges::find(connections_, true, &Connection::waiting);
  // The new one itself waits too, and stands last.
  if (longest == std::prev(connections_.end())) return false;
  longest->waiting = false;
  longest->http.cancel();
  return true;
}

// GCC 12 lays the frame out wrongly if a condition awaits and there is no other variable.
asio::awaitable<void> Server::Impl::serve(Connections::iterator connection) {
  bool more = make_room();
  if (more) {
    for (;;) {
      more = co_await answer_next(*connection);
      if (!more) break;
      connection->waiting = true;
      connections_.splice(connections_.end(), connections_, connection);
    }
  } else {
    connection->waiting = false;
    co_await serve_spare(*connection);
  }
}

/// All connections are busy: a probe is answered nevertheless.
asio::awaitable<void> Server::Impl::serve_spare(Connection& connection) {
  net::HttpConnection& http = connection.http;
  constexpr std::string_view detail = "All connections are busy; try again.";
  if (connections_.size() > options_.connections_max + options_.spare_connections_max) {
    // At once, since waiting for the request would hold a descriptor.
    co_await send(http, busy(detail), false);
    co_return;
  }
  http.hurry(spare_timeout);
  if (co_await http.read_head() == Got::request) {
    const Request request = to_request(http.head(), http.peer());
    if (service_.never_waits && service_.never_waits(request)) {
      co_await refuse(http, call(request));
      co_return;
    }
  }
  co_await refuse(http, busy(detail));
}

/// Reads and answers one request. False if the connection is to be closed.
asio::awaitable<bool> Server::Impl::answer_next(Connection& connection) {
  net::HttpConnection& http = connection.http;
  const Got got = co_await http.read_head();
  if (!connection.waiting || got == Got::closed) co_return false;
  if (got == Got::refused) {
    connection.waiting = false;
    co_await refuse(http, problem(http.refusal().status, http.refusal().detail));
    co_return false;
  }
  Request request = to_request(http.head(), http.peer());
  std::size_t body_bytes_max = options_.body_bytes_max;
  std::optional<Response> refused = screen(request, body_bytes_max);
  Budget::Share share(bodies_);
  if (!refused) refused = co_await read_body(http, request, body_bytes_max, share);
  if (!connection.waiting) co_return false;
  connection.waiting = false;
  if (refused) {
    // What was read to its end leaves the connection in order.
    if (http.body_done() && http.head().keep_alive) {
      co_return co_await send(http, std::move(*refused), true);
    }
    co_await refuse(http, std::move(*refused));
    co_return false;
  }
  Response response = co_await respond(request);
  if (response.stream != nullptr) {
    refused = open_websocket(connection, request, response.stream);
    if (!refused) co_return false;
    // Where it was made it is taken down.
    asio::post(second_, [stream = std::move(response.stream)]() mutable { stream.reset(); });
    response = std::move(*refused);
  }
  const bool keep_alive = http.head().keep_alive;
  co_return co_await send(http, std::move(response), keep_alive) && keep_alive;
}

std::optional<Response> Server::Impl::screen(const Request& request,
                                             std::size_t& body_bytes_max) const {
  if (!service_.screen) return {};
  return service_.screen(request, body_bytes_max);
}

/// Answers why the body is not taken. Nothing, too, if the client is gone: `waiting` is false, or
/// what is written goes nowhere.
asio::awaitable<std::optional<Response>> Server::Impl::read_body(net::HttpConnection& http,
                                                                 Request& request, std::size_t most,
                                                                 Budget::Share& share) {
  net::BodyLimits limits;
  limits.bytes_max = most;
  if (!http.begin_body(limits)) co_return problem(http.refusal().status, http.refusal().detail);
  if (http.body_done()) co_return std::nullopt;
  co_await http.send_continue();
  std::string piece(4 * 1024, '\0');
  for (;;) {
    const net::HttpConnection::Piece got = co_await http.read_body(piece);
    if (got.state == Body::broken) co_return problem(400, "The client is gone.");
    if (got.state == Body::refused) {
      co_return problem(http.refusal().status, http.refusal().detail);
    }
    if (!share.take(got.size)) {
      co_return busy("Other requests with large bodies are being read; try again.");
    }
    request.body.append(piece, 0, got.size);
    if (got.state == Body::done) co_return std::nullopt;
  }
}

asio::awaitable<Response> Server::Impl::respond(const Request& request) {
  if (service_.never_waits && service_.never_waits(request)) co_return call(request);
  Budget::Share place(waiting_);
  if (!place.take(1)) co_return busy("Too many requests wait for their answers; try again.");
  co_return co_await on_second_thread(second_, [this, &request] { return call(request); });
}

Response Server::Impl::call(const Request& request) const {
  try {
    return service_.answer(request);
  } catch (const std::exception& error) {
    spdlog::error("admin: {} {} failed: {}", request.method, request.path, error.what());
    return problem(500, "The request could not be answered; the log of weir says why.");
  }
}

asio::awaitable<bool> Server::Impl::send(net::HttpConnection& http, Response response,
                                         bool keep_alive) {
  Budget::Share share(answers_);
  if (response.body.size() > small_answer_bytes && !share.take_or_first(response.body.size())) {
    response = busy("Other large answers wait for their clients to take them; try again.");
  }
  const net::RequestHead& head = http.head();
  const std::string bytes = net::to_bytes({.status = response.status,
                                           .content_type = response.content_type,
                                           .body = response.body,
                                           .headers = response.headers,
                                           .head = head.method == "HEAD",
                                           .http11 = head.http11,
                                           .keep_alive = keep_alive});
  // Only one copy is held while the client takes it.
  response = {};
  co_return co_await http.send(bytes);
}

/// The last answer of a connection.
asio::awaitable<void> Server::Impl::refuse(net::HttpConnection& http, Response response) {
  co_await send(http, std::move(response), false);
  co_await http.linger();
}

Server::Server(const ServerOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Server::~Server() = default;

void Server::start(Service service) {
  impl_->start(std::move(service));
}

std::string Server::address() const {
  return impl_->endpoint().address().to_string();
}

std::uint16_t Server::port() const noexcept {
  return impl_->endpoint().port();
}

}  // namespace weir::http
