#include "http/_server.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <optional>
#include <utility>

#include "http/_connection.hpp"

// GCC takes the frames of inlined Asio coroutines for memory from one function given to another.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace weir::components {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr auto accept_pause = std::chrono::milliseconds(50);
// Connections beyond the limit that are answered at the same time; more wait to be accepted.
constexpr unsigned refusals_most = 64;

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
      if (hub_->begin_connection()) {
        asio::co_spawn(executor, serve_connection(std::move(socket), hub_), asio::detached);
      } else if (refusals_ < refusals_most) {
        ++refusals_;
        asio::co_spawn(executor, refuse_connection(std::move(socket)),
                       asio::bind_executor(acceptor_.get_executor(),
                                           [self = shared_from_this()](const std::exception_ptr&) {
                                             --self->refusals_;
                                           }));
      } else {
        co_await refuse_connection(std::move(socket));
      }
    }
  }

  asio::io_context& io_;
  tcp::acceptor acceptor_;
  std::shared_ptr<HttpHub> hub_;
  unsigned refusals_ = 0;
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
