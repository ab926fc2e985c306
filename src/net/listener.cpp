#include "net/listener.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <thread>

// GCC takes the frames of inlined Asio coroutines for memory from one function given to another.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace weir::net {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
/// Wait before accepting again when the program has no descriptor or no memory left.
constexpr auto accept_pause = std::chrono::milliseconds(50);

}  // namespace

std::vector<tcp::endpoint> Listener::candidates(const ListenAddress& listen) {
  if (listen.host.empty()) return {{tcp::v6(), listen.port}, {tcp::v4(), listen.port}};
  error_code error;
  const asio::ip::address address = asio::ip::make_address(listen.host, error);
  if (!error) return {{address, listen.port}};
  std::vector<tcp::endpoint> found;
  tcp::resolver resolver(acceptor_.get_executor());
  for (const auto& entry : resolver.resolve(listen.host, std::to_string(listen.port), error)) {
    found.push_back(entry.endpoint());
  }
  if (error) {
    throw CannotListen(fmt::format("cannot listen on {}: the name is not known ({})",
                                   join(listen.host, listen.port), error.message()),
                       false);
  }
  // A name such as localhost usually has both; 127.0.0.1 is what most tools try first.
  std::ranges::stable_sort(found, {}, [](const tcp::endpoint& e) { return e.address().is_v6(); });
  return found;
}

void Listener::bind(const ListenAddress& listen) {
  error_code error;
  for (const tcp::endpoint& endpoint : candidates(listen)) {
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
  const bool in_use = error == asio::error::address_in_use;
  throw CannotListen(fmt::format("cannot listen on {}: {}", join(listen.host, listen.port),
                                 in_use ? "the port is in use" : error.message()),
                     in_use);
}

tcp::endpoint Listener::endpoint() const {
  error_code ignored;
  return acceptor_.local_endpoint(ignored);
}

void Listener::start(Service service) {
  service_ = std::move(service);
  // accept() throws nothing.
  asio::co_spawn(
      acceptor_.get_executor(), [self = shared_from_this()] { return self->accept(); },
      asio::detached);
}

void Listener::close() noexcept {
  error_code ignored;
  acceptor_.close(ignored);
}

asio::awaitable<void> Listener::accept() {
  while (acceptor_.is_open()) {
    bool taken = false;
    try {
      taken = co_await accept_one();
    } catch (const std::exception&) {
      // Memory ran out, say, perhaps for the message too: that connection is lost, the next may do.
    }
    if (taken || !acceptor_.is_open()) continue;
    bool paused = false;
    try {
      asio::steady_timer pause(acceptor_.get_executor(), accept_pause);
      co_await pause.async_wait(as_result);
      paused = true;
    } catch (const std::exception&) {
    }
    // Not even for a timer is there memory.
    if (!paused) std::this_thread::sleep_for(accept_pause);
  }
}

asio::awaitable<bool> Listener::accept_one() {
  Socket socket(service_.executor_for_one());
  const auto [error] = co_await acceptor_.async_accept(socket, as_result);
  if (error) {
    if (acceptor_.is_open()) service_.short_of(error.message());
    co_return false;
  }
  service_.take(std::move(socket));
  co_return true;
}

}  // namespace weir::net
