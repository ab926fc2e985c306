// The HTTP client of http/request: libcurl's multi interface on the worker pool's Asio context.
//
// One HttpClient serves a few units of concurrency. Its sockets are in an epoll set of its own, and
// Asio waits for that: one handler per burst of events instead of one per socket and event. Whoever
// has something for libcurl (a worker with a request, a handler with events) leaves it in a list;
// the first becomes the driver and does what the others bring meanwhile, so that nobody waits for a
// lock while libcurl works, and libcurl is used by one thread at a time.
#pragma once

#include <curl/curl.h>

#include <atomic>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "http/_transfer.hpp"

namespace weir::components {

/// Thread-safe. Made and found by HttpPlace.
class HttpClient : public std::enable_shared_from_this<HttpClient> {
 public:
  explicit HttpClient(boost::asio::io_context& io);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Starts it; when it has ended, `done` is set and the process woken. `transfer` keeps all that
  /// its callbacks use.
  void start(std::shared_ptr<HttpTransfer> transfer, const std::shared_ptr<Waker>& waker);
  /// Ends it without waking anybody. It may run a moment longer.
  void cancel(std::shared_ptr<HttpTransfer> transfer);
  /// Ends all waits, so that the client can go.
  void close();

 private:
  friend class HttpPlace;
  enum class What : std::uint8_t { start, cancel, sockets, timer, close };
  struct Order {
    What what;
    std::shared_ptr<HttpTransfer> transfer;
  };
  struct Socket {
    std::uint32_t registered = 0;  // what epoll watches for
    std::uint32_t wanted = 0;      // what libcurl waits for
    bool ours = false;             // opened and closed by the functions below
  };

  /// Its sockets are to be those of this client.
  void adopt(HttpTransfer& transfer);
  void give(Order order);
  void drive();
  void obey(Order& order);
  void wait_for_sockets();
  void handle_sockets();
  void want(int descriptor, std::uint32_t events);
  void watch(int descriptor, Socket& socket, std::uint32_t events);
  void set_timer(long milliseconds);
  void collect();

  static int on_socket(CURL*, curl_socket_t descriptor, int what, void* self, void*);
  static int on_timer(CURLM*, long milliseconds, void* self);
  static curl_socket_t on_open(void* self, curlsocktype, curl_sockaddr* address);
  static int on_close(void* self, curl_socket_t descriptor);

  std::mutex mutex_;
  std::vector<Order> orders_;
  bool driven_ = false;

  // What follows is the driver's.
  std::vector<Order> taken_;
  CURLM* const multi_;
  boost::asio::posix::stream_descriptor epoll_;
  boost::asio::steady_timer timer_;
  bool timer_runs_ = false;
  bool due_ = false;  // libcurl wants to be called at once
  bool closed_ = false;
  std::vector<Socket> sockets_;  // by descriptor

  // Guarded by the list of clients.
  boost::asio::io_context& io_;
  unsigned members_ = 0;
};

/// A unit's place at a client of its io_context.
class HttpPlace {
 public:
  explicit HttpPlace(boost::asio::io_context& io);
  ~HttpPlace();
  HttpPlace(const HttpPlace&) = delete;
  HttpPlace& operator=(const HttpPlace&) = delete;
  HttpClient* operator->() const noexcept { return client_.get(); }

 private:
  std::shared_ptr<HttpClient> client_;
};

}  // namespace weir::components
