// The HTTP side of http/listen: connections, requests and answers, on the worker pool's Asio
// context. Bodies are handed over a piece at a time, and the next piece is read only when the
// process has emitted the last one, so that a client sends at the graph's pace.
#pragma once

#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "file/_lines.hpp"
#include "net/log_limit.hpp"
#include "weir/component.hpp"

namespace weir::components {

/// A request whose body is being taken. In turn, never together, it belongs to the connection,
/// which fills `reader`, and to the process, which empties it.
struct HttpRequest {
  explicit HttpRequest(LineReader::Options options) : reader(options) {}
  virtual ~HttpRequest() = default;
  /// For the process: the lines are in the connection; the body may go on.
  virtual void resume() = 0;

  LineReader reader;
  /// Who sent it, for messages.
  std::string source;
  /// Nothing comes after what `reader` holds.
  bool last = false;
  /// The body ends before its end, for this reason: its last line will never be whole.
  std::string broken;
  /// Packets made of it so far.
  std::uint64_t packets = 0;
};

struct HttpOptions {
  std::string address;
  std::string path;
  std::uint64_t body_max = 0;
  /// Connections served at the same time.
  std::uint64_t connections_max = 1;
  /// For the headers of a request, and for each piece of its body.
  Duration client_timeout{};
  /// Of a body, in bytes a second; 0 for none.
  std::uint64_t rate_min = 0;
  /// Further names that it may be called by; with any_host whatever Host and Origin say.
  std::vector<std::string> hosts;
  bool any_host = false;
  LineReader::Options lines;
};

/// What connections and the process share. Thread-safe.
class HttpHub {
 public:
  HttpHub(HttpOptions options, std::shared_ptr<Waker> waker)
      : options_(std::move(options)), waker_(std::move(waker)) {}

  const HttpOptions& options() const noexcept { return options_; }
  bool output_full() const noexcept { return waker_->output_full(); }

  /// A piece of a body for the process.
  void hand_over(std::shared_ptr<HttpRequest> request);
  /// For the process: the next piece, or null.
  std::shared_ptr<HttpRequest> next_piece();

  /// A request begins and ends; false if the process takes no more.
  bool begin_request();
  void end_request();
  /// A connection begins and ends; false if there are as many as may be.
  bool begin_connection();
  void end_connection();
  /// What the decoders of compressed bodies take; false if that is more than all of them may.
  bool take_decoder_bytes(std::size_t bytes);
  void give_decoder_bytes(std::size_t bytes);
  /// No client can be taken for now, for this reason.
  void short_of(const std::string& what);
  /// A connection was ended by what its handling threw, for want of memory above all.
  void connection_failed(const std::exception_ptr& failure);
  /// For the process: what is to be said in the log about these, or nothing.
  std::string take_warning();
  void refuse_new_requests();
  bool idle() const;

 private:
  void warn(std::string text);

  const HttpOptions options_;
  const std::shared_ptr<Waker> waker_;
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<HttpRequest>> pieces_;
  std::uint64_t active_ = 0;
  std::uint64_t connections_ = 0;
  std::size_t decoder_bytes_ = 0;
  net::LogLimit shortages_{std::chrono::minutes(1)};
  net::LogLimit failures_;
  std::string warning_;
  bool refusing_ = false;
};

/// A listening socket. When it is destroyed no new connections are taken; open ones go on.
class HttpServer {
 public:
  virtual ~HttpServer() = default;
  /// "127.0.0.1:8080", with the port that the system chose.
  virtual std::string local_address() const = 0;
};

/// Listens at once. Throws Failure if the address is malformed or taken.
std::unique_ptr<HttpServer> listen_http(boost::asio::io_context& io, std::shared_ptr<HttpHub> hub);

/// What is wrong with "host:port", or nothing.
std::string wrong_with_address(const std::string& address);

}  // namespace weir::components
