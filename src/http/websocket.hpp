// One WebSocket client of the server (RFC 6455): sends it what its stream has. For server.cpp; on
// the server's thread. What the client sends is thrown away, and too much of it ends the
// connection. Pings tell a client that is gone.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>

#include "http/message.hpp"
#include "http/stream.hpp"
#include "weir/units.hpp"

namespace weir::http {

struct WebSocketLimits {
  /// For the handshake, and for a client to answer a close.
  Duration handshake_timeout;
  /// For a client to take a whole message; beyond it the connection is cut, since inside a message
  /// there is no other way to end it.
  Duration write_timeout;
  /// Without a sign of life; half of it after the last one the client is pinged.
  Duration idle_timeout;
};

class WebSocket {
 public:
  virtual ~WebSocket() = default;
  /// Answers the handshake and goes on by itself. `on_closed` is called once, at its end.
  virtual void start(std::function<void()> on_closed) = 0;
  /// Tells the client that the server is stopping (1001), after the message in hand.
  virtual void go_away() = 0;
  /// Lets go of the stream, when nothing runs on the socket's context any more.
  virtual void abandon() noexcept = 0;
};

/// Takes over a connection whose request opens a WebSocket (see handshake.hpp).
/// The stream is used, and destroyed, on the thread of `second`.
std::shared_ptr<WebSocket> make_websocket(boost::asio::ip::tcp::socket socket,
                                          boost::asio::thread_pool& second, const Request& request,
                                          std::shared_ptr<Stream> stream,
                                          const WebSocketLimits& limits);

}  // namespace weir::http
