// A small HTTP/1.1 server for the control plane, with two threads of its own, so that a data plane
// under full load never slows it: one reads requests, writes answers and answers what must never
// wait (/livez); the other makes all other answers. It knows requests and responses, not what they
// are about. Bounds hold for every client: of each part of a request, of the time for it and for
// taking its answer, of the memory that all clients together take.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "http/message.hpp"
#include "net/address.hpp"
#include "weir/units.hpp"

namespace weir::http {

struct ServerOptions {
  net::ListenAddress listen{"127.0.0.1", 7070};
  std::size_t header_bytes_max = 16 * 1024;
  std::size_t body_bytes_max = 1024 * 1024;
  /// Of all bodies that are being read; beyond it a request gets 503.
  std::size_t bodies_bytes_max = 8 * 1024 * 1024;
  /// Of all answers that wait for their clients to take them; beyond it a large one becomes a 503.
  std::size_t answers_bytes_max = 64 * 1024 * 1024;
  /// Beyond it the connection that has waited longest for a request is closed for a new one; if all
  /// are busy with an answer, the new one gets 503 unless it asks for what never waits.
  std::size_t connections_max = 256;
  /// So many beyond it may be read to see whether they ask for what never waits.
  std::size_t spare_connections_max = 64;
  /// Requests that wait for the second thread; beyond it one gets 503.
  std::size_t waiting_requests_max = 64;
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

/// Answers one request. An exception becomes a 500 and is logged. For a request that opens a
/// WebSocket it may answer with a stream.
using Handler = std::function<Response(const Request&)>;

/// What is answered. The functions are called without a body in hand but for `answer`.
struct Service {
  /// Called on the server's second thread, one at a time.
  Handler answer;
  /// Looks at a request before its body is read: sets `body_bytes_max`, if its body may be no
  /// larger than that; a response refuses it. Must not block.
  std::function<std::optional<Response>(const Request&, std::size_t& body_bytes_max)> screen = {};
  /// True for what is answered by the thread that reads requests, at the same time as others are by
  /// the second one. `answer` must not block then.
  std::function<bool(const Request&)> never_waits = {};
};

class Server {
 public:
  /// Binds and listens; clients wait until start(). Throws ListenFailure.
  explicit Server(const ServerOptions& options);
  /// Stops: open connections are closed, WebSockets with the code 1001 if their clients listen, and
  /// the threads are joined. The streams are gone then.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Starts the threads that answer. Call it once.
  void start(Service service);
  void start(Handler handler) { start(Service{std::move(handler)}); }

  /// The address and port that it is really bound to.
  std::string address() const;
  std::uint16_t port() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::http
