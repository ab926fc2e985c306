// A limit on how long a socket may be waited for. Moving it costs no more than a store, so that
// each read may have its own. Used on the socket's executor.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>

#include "weir/units.hpp"

namespace weir::net {

/// Owns the socket, and cancels what waits for it when the time is over.
class Deadline : public std::enable_shared_from_this<Deadline> {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr Clock::time_point never = Clock::time_point::max();

  explicit Deadline(boost::asio::ip::tcp::socket socket)
      : socket_(std::move(socket)), timer_(socket_.get_executor()) {}

  boost::asio::ip::tcp::socket& socket() noexcept { return socket_; }
  /// From now on the limit is this moment.
  void set(Clock::time_point moment);
  void set(Duration from_now) { set(Clock::now() + from_now); }
  void clear() noexcept { at_ = never; }
  /// The last limit was reached before what was waited for.
  bool expired() const noexcept { return expired_; }

 private:
  void wait();
  void tick();

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  Clock::time_point at_ = never;
  /// When the timer fires; it is not set again for a later limit.
  Clock::time_point timer_at_ = never;
  bool expired_ = false;
};

}  // namespace weir::net
