#include "http/server.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <ctime>
#include <iterator>
#include <list>
#include <optional>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "http/websocket.hpp"

// GCC takes the frames of inlined Asio coroutines for memory from one function given to another.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace weir::http {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Parser = beast::http::request_parser<beast::http::string_body>;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

/// What is read and thrown away after a refusal, so that the client sees the answer and not a
/// reset.
constexpr std::size_t discarded_bytes_max = 4 * 1024 * 1024;
constexpr auto discard_timeout = std::chrono::seconds(2);
/// Wait before accepting again when the program has no descriptor left.
constexpr auto accept_pause = std::chrono::milliseconds(50);
/// What the clients of WebSockets get, when the server stops, to answer its goodbye.
constexpr auto goodbye_timeout = std::chrono::seconds(1);

struct Connection {
  explicit Connection(tcp::socket socket) : stream(std::move(socket)) {}

  beast::tcp_stream stream;
  beast::flat_buffer buffer;
  /// Nothing is being answered: it may be closed for a new connection.
  bool waiting = true;
};
/// The connection that has waited longest stands first.
using Connections = std::list<Connection>;

Request to_request(Parser& parser) {
  auto message = parser.release();
  Request request;
  request.method = std::string(message.method_string());
  request.http11 = message.version() >= 11;
  std::string_view target(message.target().data(), message.target().size());
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::size_t end = std::min(target.find_first_of("/?"), target.size());
    request.authority = target.substr(0, end);
    target.remove_prefix(end);
    break;
  }
  const std::size_t query = target.find('?');
  request.path = target.substr(0, query);
  if (query != std::string_view::npos) request.query = target.substr(query + 1);
  if (request.path.empty()) request.path = "/";
  for (const auto& field : message) {
    request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  request.body = std::move(message.body());
  return request;
}

/// The answer to what could not be read as a request; nothing if the client is gone.
std::optional<Response> refusal(error_code error, const ServerOptions& options) {
  namespace http = beast::http;
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return problem(431, fmt::format("The request's headers are larger than {} bytes.",
                                    options.header_bytes_max));
  }
  if (error == http::error::body_limit) {
    return problem(
        413, fmt::format("The request's body is larger than {} bytes.", options.body_bytes_max));
  }
  if (error == http::error::end_of_stream || error == http::error::partial_message ||
      error.category() != http::make_error_code(http::error::bad_method).category()) {
    return {};
  }
  return problem(400, fmt::format("The request is not valid HTTP: {}.", error.message()));
}

std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 64> text;
  // The C locale, which the program never leaves, has the names that the format demands.
  return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc)};
}

/// The answer as bytes. A HEAD request gets the headers of the GET.
std::string to_bytes(const Response& response, bool head, bool http11, bool keep_alive) {
  std::string out = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                                reason_phrase(response.status), http_date());
  const auto add = [&out](std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(out), "{}: {}\r\n", name, value);
  };
  // Those of no content must not say how much of it there is.
  if (response.status != 204 && response.status != 304) {
    add("Content-Type", response.content_type);
    add("Content-Length", std::to_string(response.body.size()));
  }
  for (const auto& [name, value] : response.headers) add(name, value);
  if (!keep_alive) {
    add("Connection", "close");
  } else if (!http11) {
    add("Connection", "keep-alive");
  }
  out += "\r\n";
  if (!head) out += response.body;
  return out;
}

}  // namespace

class Server::Impl {
 public:
  explicit Impl(const ServerOptions& options) : options_(options), acceptor_(io_), timer_(io_) {
    bind();
  }

  ~Impl() {
    asio::post(io_, [this] { stop(); });
    if (thread_.joinable()) thread_.join();
    for (const auto& websocket : websockets_) websocket->abandon();
  }

  void start(Handler handler) {
    handler_ = std::move(handler);
    asio::co_spawn(io_, accept(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
  }

  tcp::endpoint endpoint() const {
    error_code ignored;
    return acceptor_.local_endpoint(ignored);
  }

 private:
  void bind();
  std::vector<tcp::endpoint> candidates();
  asio::awaitable<void> accept();
  asio::awaitable<void> serve(Connections::iterator connection);
  asio::awaitable<bool> answer_next(Connection& connection);
  asio::awaitable<bool> send(Connection& connection, const std::string& bytes);
  asio::awaitable<void> discard_rest(Connection& connection);
  void stop();
  void goodbye_said();
  std::optional<Response> open_websocket(Connection& connection, const Request& request,
                                         std::shared_ptr<Stream> stream);
  Response respond(const Request& request) const;
  bool make_room();

  ServerOptions options_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  asio::steady_timer timer_;
  Connections connections_;
  std::list<std::shared_ptr<WebSocket>> websockets_;
  /// Only WebSockets are waited for.
  bool stopping_ = false;
  Handler handler_;
  std::thread thread_;
};

std::vector<tcp::endpoint> Server::Impl::candidates() {
  const ListenAddress& listen = options_.listen;
  if (listen.host.empty()) {
    return {{tcp::v6(), listen.port}, {tcp::v4(), listen.port}};
  }
  error_code error;
  const asio::ip::address address = asio::ip::make_address(listen.host, error);
  if (!error) return {{address, listen.port}};
  std::vector<tcp::endpoint> found;
  tcp::resolver resolver(io_);
  for (const auto& entry : resolver.resolve(listen.host, std::to_string(listen.port), error)) {
    found.push_back(entry.endpoint());
  }
  if (error) {
    throw ListenFailure(fmt::format("cannot listen on {}: the name is not known ({})",
                                    join(listen.host, listen.port), error.message()));
  }
  // A name such as localhost usually has both; 127.0.0.1 is what most tools try first.
  std::ranges::stable_sort(found, {}, [](const tcp::endpoint& e) { return e.address().is_v6(); });
  return found;
}

void Server::Impl::bind() {
  error_code error;
  for (const tcp::endpoint& endpoint : candidates()) {
    acceptor_.close(error);
    acceptor_.open(endpoint.protocol(), error);
    if (error) continue;
    acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (endpoint.protocol() == tcp::v6()) {
      // [::] takes IPv4 as well, whatever the system's default is.
      acceptor_.set_option(asio::ip::v6_only(false), error);
    }
    acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(tcp::socket::max_listen_connections, error);
    if (!error || error == asio::error::address_in_use) break;
  }
  if (!error) return;
  const std::string name = join(options_.listen.host, options_.listen.port);
  if (error == asio::error::address_in_use) {
    throw ListenFailure(fmt::format(
        "cannot listen on {}: the port is in use, perhaps by another weir; stop that program, or "
        "choose another address with --listen (port 0 takes a free one)",
        name));
  }
  throw ListenFailure(fmt::format("cannot listen on {}: {}; choose another address with --listen",
                                  name, error.message()));
}

void Server::Impl::stop() {
  error_code ignored;
  acceptor_.close(ignored);
  timer_.cancel();
  for (Connection& connection : connections_) connection.stream.cancel();
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

/// Takes the connection over if it can; else answers why not.
std::optional<Response> Server::Impl::open_websocket(Connection& connection, const Request& request,
                                                     std::shared_ptr<Stream> stream) {
  if (stopping_) return problem(503, "weir is stopping.");
  if (websockets_.size() >= options_.websockets_max) {
    return problem(503, fmt::format("{} WebSockets are open, which is the most; close one of them, "
                                    "or try again.",
                                    websockets_.size()));
  }
  if (connection.buffer.size() != 0) {
    return problem(400, "The client sent more before the WebSocket was open.");
  }
  const WebSocketLimits limits{options_.request_timeout, options_.write_timeout,
                               options_.idle_timeout};
  websockets_.push_back(
      make_websocket(connection.stream.release_socket(), request, std::move(stream), limits));
  const auto place = std::prev(websockets_.end());
  (*place)->start([this, place] {
    websockets_.erase(place);
    goodbye_said();
  });
  return {};
}

asio::awaitable<void> Server::Impl::accept() {
  for (;;) {
    auto [error, socket] = co_await acceptor_.async_accept(as_result);
    if (error == asio::error::operation_aborted || !acceptor_.is_open()) co_return;
    if (error) {
      timer_.expires_after(accept_pause);
      co_await timer_.async_wait(as_result);
      continue;
    }
    connections_.emplace_back(std::move(socket));
    asio::co_spawn(io_, serve(std::prev(connections_.end())), asio::detached);
  }
}

bool Server::Impl::make_room() {
  if (connections_.size() <= options_.connections_max) return true;
  const auto longest = std::ranges::find(connections_, true, &Connection::waiting);
  // The new one itself waits too, and stands last.
  if (longest == std::prev(connections_.end())) return false;
  longest->waiting = false;
  longest->stream.cancel();
  return true;
}

asio::awaitable<void> Server::Impl::serve(Connections::iterator connection) {
  if (make_room()) {
    while (co_await answer_next(*connection)) {
      connection->waiting = true;
      connections_.splice(connections_.end(), connections_, connection);
    }
  } else {
    connection->waiting = false;
    const Response busy = problem(503, "All connections are busy; try again.");
    co_await send(*connection, to_bytes(busy, false, true, false));
    co_await discard_rest(*connection);
  }
  connections_.erase(connection);
}

/// Reads and answers one request. False if the connection is to be closed.
asio::awaitable<bool> Server::Impl::answer_next(Connection& connection) {
  beast::tcp_stream& stream = connection.stream;
  constexpr std::size_t read_size = 4096;
  if (connection.buffer.size() == 0) {
    stream.expires_after(options_.idle_timeout);
    auto [error, size] =
        co_await stream.async_read_some(connection.buffer.prepare(read_size), as_result);
    if (error) co_return false;
    connection.buffer.commit(size);
  }
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(options_.header_bytes_max));
  parser.body_limit(options_.body_bytes_max);
  stream.expires_after(options_.request_timeout);
  auto [error, size] =
      co_await beast::http::async_read_header(stream, connection.buffer, parser, as_result);
  if (!error && !parser.is_done()) {
    if (beast::iequals(parser.get()[beast::http::field::expect], "100-continue")) {
      co_await send(connection, "HTTP/1.1 100 Continue\r\n\r\n");
      stream.expires_after(options_.request_timeout);
    }
    std::tie(error, size) =
        co_await beast::http::async_read(stream, connection.buffer, parser, as_result);
  }
  if (!connection.waiting) co_return false;
  connection.waiting = false;
  if (error) {
    if (const std::optional<Response> refused = refusal(error, options_)) {
      co_await send(connection, to_bytes(*refused, false, true, false));
      co_await discard_rest(connection);
    }
    co_return false;
  }
  const bool keep_alive = parser.keep_alive();
  const Request request = to_request(parser);
  Response response = respond(request);
  if (response.stream != nullptr) {
    auto refused = open_websocket(connection, request, std::move(response.stream));
    if (!refused) co_return false;
    response = std::move(*refused);
  }
  const std::string bytes =
      to_bytes(response, request.method == "HEAD", request.http11, keep_alive);
  co_return co_await send(connection, bytes) && keep_alive;
}

asio::awaitable<bool> Server::Impl::send(Connection& connection, const std::string& bytes) {
  connection.stream.expires_after(options_.write_timeout);
  auto [error, size] =
      co_await asio::async_write(connection.stream, asio::buffer(bytes), as_result);
  co_return !error;
}

asio::awaitable<void> Server::Impl::discard_rest(Connection& connection) {
  error_code ignored;
  connection.stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  connection.stream.expires_after(discard_timeout);
  std::array<char, 16 * 1024> scratch;
  for (std::size_t total = 0; total < discarded_bytes_max;) {
    auto [error, size] =
        co_await connection.stream.async_read_some(asio::buffer(scratch), as_result);
    if (error) co_return;
    total += size;
  }
}

Response Server::Impl::respond(const Request& request) const {
  try {
    return handler_(request);
  } catch (const std::exception& error) {
    spdlog::error("admin: {} {} failed: {}", request.method, request.path, error.what());
    return problem(500, "The request could not be answered; the log of weir says why.");
  }
}

Server::Server(const ServerOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Server::~Server() = default;

void Server::start(Handler handler) {
  impl_->start(std::move(handler));
}

std::string Server::address() const {
  return impl_->endpoint().address().to_string();
}

std::uint16_t Server::port() const noexcept {
  return impl_->endpoint().port();
}

}  // namespace weir::http
