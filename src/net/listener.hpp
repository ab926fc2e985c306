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
  struct Service {
    /// Makes the executor of each connection.
    std::function<Executor()> executor_for_one;
    /// Takes each connection. What it throws costs that one connection.
    std::function<void(Socket)> take;
    /// None can be taken for now, for this reason: the system gives no descriptor or no memory.
    std::function<void(const std::string&)> short_of;
  };
  /// Calls all of them on the listener's executor.
  void start(Service service);
  /// Takes no more. On the listener's executor.
  void close() noexcept;
  boost::asio::ip::tcp::endpoint endpoint() const;

 private:
  std::vector<boost::asio::ip::tcp::endpoint> candidates(const ListenAddress& address);
  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<bool> accept_one();

  boost::asio::ip::tcp::acceptor acceptor_;
  Service service_;
};

}  // namespace weir::net
