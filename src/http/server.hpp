// A small HTTP/1.1 server for the control plane: its own thread, so that a data plane under full
// load never slows it. It knows requests and responses, not what they are about. Limits hold for
// every client: size of headers and body, time for a request and for taking its answer, connections
// open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "http/address.hpp"
#include "http/message.hpp"
#include "weir/units.hpp"

namespace weir::http {

struct ServerOptions {
  ListenAddress listen{"127.0.0.1", 7070};
  std::size_t header_bytes_max = 16 * 1024;
  std::size_t body_bytes_max = 1024 * 1024;
  /// Beyond it the connection that has waited longest for a request is closed for a new one; if all
  /// are busy with an answer, the new one gets 503.
  std::size_t connections_max = 256;
  /// How long a connection may stay open between requests.
  Duration idle_timeout = std::chrono::seconds(60);
  /// From the first byte of a request to its last.
  Duration request_timeout = std::chrono::seconds(10);
  /// For a client to take a whole answer, or a whole message of a WebSocket.
  Duration write_timeout = std::chrono::seconds(30);
  /// Clients of WebSockets, who are not among connections_max; beyond it a new one gets 503.
  std::size_t websockets_max = 128;
};

/// The address cannot be listened on; the text says why and what to do.
class ListenFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Answers one request. Called on the server's thread, one at a time; must not block. An exception
/// becomes a 500 and is logged. For a request that opens a WebSocket it may answer with a stream.
using Handler = std::function<Response(const Request&)>;

class Server {
 public:
  /// Binds and listens; clients wait until start(). Throws ListenFailure.
  explicit Server(const ServerOptions& options);
  /// Stops: open connections are closed, WebSockets with the code 1001 if their clients listen, and
  /// the thread is joined. The streams are gone then.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Starts the thread that answers. Call it once.
  void start(Handler handler);

  /// The address and port that it is really bound to.
  std::string address() const;
  std::uint16_t port() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::http
