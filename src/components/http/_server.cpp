#include "http/_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <list>
#include <utility>

#include "http/_connection.hpp"
#include "http/_problem.hpp"
#include "net/http_connection.hpp"
#include "net/listener.hpp"
#include "os/descriptors.hpp"

// GCC takes the frames of inlined Asio coroutines for memory from one function given to another.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace weir::components {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using Got = net::HttpConnection::Got;

// Clients beyond the limit that are waited for at the same time, and how long: an answer to a
// request that was not read might get lost. If there are more, the first is answered unread.
constexpr std::size_t refusals_most = 256;
constexpr auto refusal_timeout = std::chrono::seconds(2);

/// Of those that the program keeps for other things a few descriptors will do.
std::size_t refusals_may() noexcept {
  return std::clamp<std::size_t>(os::descriptors_kept() / 8, 1, refusals_most);
}

HttpReply too_many() {
  return retry_later(429, "as many clients as may be are connected; send it again later", "1", 0);
}

// A client beyond the limit: it gets 429.
class Refusal final : public std::enable_shared_from_this<Refusal> {
 public:
  explicit Refusal(tcp::socket socket)
      : executor_(socket.get_executor()),
        http_(std::move(socket), {},
              {.idle = refusal_timeout, .head = refusal_timeout, .write = refusal_timeout}) {
    count_.fetch_add(1, std::memory_order_relaxed);
  }
  ~Refusal() { count_.fetch_sub(1, std::memory_order_relaxed); }
  Refusal(const Refusal&) = delete;
  Refusal& operator=(const Refusal&) = delete;

  /// Of all servers in the program.
  static std::size_t count() noexcept { return count_.load(std::memory_order_relaxed); }

  asio::awaitable<void> serve() {
    const Got got = hurried_ ? Got::closed : co_await http_.read_head();
    const net::RequestHead& head = http_.head();
    const std::string bytes = to_bytes(too_many(), head.method == "HEAD", head.http11, false);
    const bool sent = co_await http_.send(bytes);
    if (sent && got != Got::closed && !hurried_) co_await http_.linger();
  }

  // Others wait: answer it now.
  void hurry() {
    asio::post(executor_, [self = shared_from_this()] {
      self->hurried_ = true;
      self->http_.interrupt();
    });
  }

  asio::any_io_executor executor() const { return executor_; }

 private:
  static inline std::atomic<std::size_t> count_{0};

  asio::any_io_executor executor_;
  net::HttpConnection http_;
  bool hurried_ = false;
};

class Server final : public std::enable_shared_from_this<Server> {
 public:
  Server(asio::io_context& io, std::shared_ptr<HttpHub> hub)
      : io_(io),
        strand_(asio::make_strand(io)),
        listener_(std::make_shared<net::Listener>(strand_)),
        hub_(std::move(hub)) {}

  void listen() {
    const net::ListenAddress address = net::parse_listen(hub_->options().address);
    try {
      listener_->bind(address);
    } catch (const net::CannotListen& error) {
      throw Failure("io", fmt::format("{}{}", error.what(),
                                      error.in_use() ? ": another program listens there already; "
                                                       "stop it, or set `address` to another port"
                                                     : "; set `address` to another"));
    }
    hosts_ = std::make_shared<const net::Hosts>(
        address.host, listener_->endpoint().address().to_string(), hub_->options().hosts);
    listener_->start({.executor_for_one = [&io = io_] { return asio::make_strand(io); },
                      .take =
                          [weak = weak_from_this()](tcp::socket socket) {
                            if (const auto self = weak.lock()) self->take(std::move(socket));
                          },
                      .short_of = [hub = hub_](const std::string& what) { hub->short_of(what); }});
  }

  std::string local_address() const {
    const tcp::endpoint local = listener_->endpoint();
    return net::join(local.address().to_string(), local.port());
  }

  void close() {
    asio::post(strand_, [self = shared_from_this()] { self->listener_->close(); });
  }

 private:
  void take(tcp::socket socket) {
    const auto executor = socket.get_executor();
    if (os::is_kept_descriptor(socket.native_handle())) {
      hub_->short_of(
          fmt::format("{} of the {} files and sockets that the program may have are "
                      "open, and the others are kept for outputs and the admin page",
                      os::descriptors_most() - os::descriptors_kept(), os::descriptors_most()));
      return refuse(std::move(socket));
    }
    if (!hub_->begin_connection()) return refuse(std::move(socket));
    std::shared_ptr<HttpClient> client;
    try {
      client = make_client(std::move(socket), hub_, hosts_);
    } catch (...) {
      hub_->end_connection();
      throw;
    }
    // What it throws, when memory runs out, ends this connection alone. It keeps the client.
    asio::co_spawn(
        executor, [client] { return client->serve(); },
        [client, hub = hub_](const std::exception_ptr& error) {
          if (error) hub->connection_failed(error);
        });
  }

  void refuse(tcp::socket socket) {
    const std::size_t most = refusals_may();
    if (refusals_.size() >= most) {
      refusals_.front()->hurry();
      refusals_.pop_front();
    }
    // Those that hurry may be slower than new ones come.
    if (Refusal::count() >= 2 * most) return answer_unread(socket);
    const auto refusal = std::make_shared<Refusal>(std::move(socket));
    refusals_.push_back(refusal);
    try {
      asio::co_spawn(
          refusal->executor(), [refusal] { return refusal->serve(); },
          [self = shared_from_this(), refusal](const std::exception_ptr&) {
            asio::post(self->strand_, [self, refusal] { self->refusals_.remove(refusal); });
          });
    } catch (...) {
      refusals_.pop_back();
      throw;
    }
  }

  // An answer as short as this has room in a new socket.
  static void answer_unread(tcp::socket& socket) {
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.send(asio::buffer(to_bytes(too_many(), false, true, false)), 0, ignored);
  }

  asio::io_context& io_;
  asio::strand<asio::io_context::executor_type> strand_;
  std::shared_ptr<net::Listener> listener_;
  std::shared_ptr<HttpHub> hub_;
  std::shared_ptr<const net::Hosts> hosts_;
  std::list<std::shared_ptr<Refusal>> refusals_;
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
  return std::make_unique<Closer>(std::move(server));
}

std::string wrong_with_address(const std::string& address) {
  try {
    net::parse_listen(address);
  } catch (const net::BadAddress& error) {
    return error.what();
  }
  return {};
}

}  // namespace weir::components
