// A listening TCP socket: finds the addresses of a name, binds, and takes connections whatever runs
// short. Asio alone; what is done with a connection is the server's business.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "net/address.hpp"

namespace weir::net {

/// An address cannot be listened on. The text says why; what to do depends on who set it.
class CannotListen : public std::runtime_error {
 public:
  CannotListen(const std::string& text, bool in_use) : std::runtime_error(text), in_use_(in_use) {}
  /// Another program listens there.
  bool in_use() const noexcept { return in_use_; }

 private:
  bool in_use_;
};

/// Kept by a shared_ptr: what it has begun keeps it too.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Executor = boost::asio::any_io_executor;

  /// Accepts on `own`, which must run one handler at a time.
  explicit Listener(const Executor& own) : acceptor_(own) {}

  /// Binds and listens; clients wait until start(). Throws CannotListen.
  void bind(const ListenAddress& address);
  /// Hands every connection to `take`, called on the listener's executor. `executor_for_one` makes
  /// the executor of each. What `take` throws costs that one connection.
  void start(std::function<Executor()> executor_for_one, std::function<void(Socket)> take);
  /// Takes no more. On the listener's executor.
  void close() noexcept;
  boost::asio::ip::tcp::endpoint endpoint() const;

 private:
  std::vector<boost::asio::ip::tcp::endpoint> candidates(const ListenAddress& address);
  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<bool> accept_one();

  boost::asio::ip::tcp::acceptor acceptor_;
  std::function<Executor()> executor_for_one_;
  std::function<void(Socket)> take_;
};

}  // namespace weir::net
