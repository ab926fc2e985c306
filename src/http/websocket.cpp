#include "http/websocket.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket.hpp>
#include <exception>
#include <optional>
#include <utility>

// GCC takes the frames of inlined Asio coroutines for memory from one function given to another.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace weir::http {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using websocket::close_code;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

/// Of a client's messages: none is expected.
constexpr std::size_t received_bytes_max = 4096;
constexpr unsigned received_max = 100;

beast::http::request<beast::http::empty_body> to_beast(const Request& request) {
  beast::http::request<beast::http::empty_body> result(beast::http::verb::get, request.path, 11);
  for (const auto& [name, value] : request.headers) result.insert(name, value);
  return result;
}

class Client final : public WebSocket, public std::enable_shared_from_this<Client> {
 public:
  Client(tcp::socket socket, const Request& request, std::shared_ptr<Stream> stream,
         const WebSocketLimits& limits)
      : socket_(std::move(socket)),
        news_(socket_.get_executor()),
        deadline_(socket_.get_executor()),
        request_(to_beast(request)),
        stream_(std::move(stream)),
        limits_(limits) {
    error_code ignored;
    socket_.next_layer().set_option(tcp::no_delay(true), ignored);
    socket_.set_option(
        websocket::stream_base::timeout{limits.handshake_timeout, limits.idle_timeout, true});
    socket_.read_message_max(received_bytes_max);
    socket_.auto_fragment(false);
    socket_.text(true);
    // Beast answers a close by itself, and then waits for the client to go.
    socket_.control_callback([this](websocket::frame_type kind, beast::string_view) {
      if (kind == websocket::frame_type::close) end({});
    });
  }

  void start(std::function<void()> on_closed) override {
    on_closed_ = std::move(on_closed);
    asio::co_spawn(socket_.get_executor(), run(), kept_alive());
  }

  void go_away() override { end(close_code::going_away); }

  void abandon() noexcept override { stream_.reset(); }

 private:
  asio::awaitable<void> run();
  asio::awaitable<void> read_all();
  asio::awaitable<void> send_all();
  asio::awaitable<bool> send(const std::string& message);
  Stream::Next ask();
  std::function<void()> waker();
  /// For a coroutine, which lives on what this holds.
  std::function<void(const std::exception_ptr&)> kept_alive() {
    return [self = shared_from_this()](const std::exception_ptr&) {};
  }

  /// No more is sent; with a code the connection is closed in the ordinary way.
  void end(std::optional<close_code> code) {
    if (std::exchange(ending_, true)) return;
    code_ = code;
    news_.cancel();
  }
  void cut() {
    error_code ignored;
    socket_.next_layer().close(ignored);
  }
  void cut_after(Duration time) {
    deadline_.expires_after(time);
    deadline_.async_wait([self = shared_from_this()](error_code cancelled) {
      if (!cancelled) self->cut();
    });
  }

  websocket::stream<tcp::socket> socket_;
  /// Expires when the stream is to be asked again.
  asio::steady_timer news_;
  asio::steady_timer deadline_;
  beast::http::request<beast::http::empty_body> request_;
  std::shared_ptr<Stream> stream_;
  const WebSocketLimits limits_;
  std::function<void()> on_closed_;
  bool ending_ = false;
  bool reading_ = false;
  std::optional<close_code> code_;
};

asio::awaitable<void> Client::run() {
  const auto [error] = co_await socket_.async_accept(request_, as_result);
  if (!error && !ending_) {
    reading_ = true;
    asio::co_spawn(socket_.get_executor(), read_all(), kept_alive());
    stream_->open(waker());
    co_await send_all();
  }
  stream_.reset();
  cut_after(limits_.handshake_timeout);
  if (!error && code_) co_await socket_.async_close(*code_, as_result);
  while (reading_) {
    news_.expires_at(asio::steady_timer::time_point::max());
    co_await news_.async_wait(as_result);
  }
  deadline_.cancel();
  cut();
  on_closed_();
}

asio::awaitable<void> Client::read_all() {
  beast::flat_buffer buffer;
  for (unsigned received = 0;; ++received) {
    if (received == received_max) {
      end(close_code::policy_error);
      break;
    }
    const auto [error, size] = co_await socket_.async_read(buffer, as_result);
    buffer.clear();
    if (error) {
      end({});
      break;
    }
  }
  reading_ = false;
  news_.cancel();
}

asio::awaitable<void> Client::send_all() {
  while (!ending_) {
    const Stream::Next next = ask();
    if (next.message != nullptr) {
      if (co_await send(*next.message)) continue;
      end({});
      cut();
    } else if (next.ended) {
      end(close_code::normal);
    } else if (!ending_) {
      news_.expires_after(next.again);
      co_await news_.async_wait(as_result);
    }
  }
}

Stream::Next Client::ask() {
  try {
    return stream_->next();
  } catch (const std::exception& error) {
    spdlog::error("admin: WebSocket {} failed: {}", std::string_view(request_.target()),
                  error.what());
    end(close_code::internal_error);
    return {};
  }
}

asio::awaitable<bool> Client::send(const std::string& message) {
  cut_after(limits_.write_timeout);
  const auto [error, size] = co_await socket_.async_write(asio::buffer(message), as_result);
  deadline_.cancel();
  co_return !error;
}

std::function<void()> Client::waker() {
  return [weak = weak_from_this(), executor = socket_.get_executor()] {
    asio::post(executor, [weak] {
      if (const auto self = weak.lock()) self->news_.cancel();
    });
  };
}

}  // namespace

std::shared_ptr<WebSocket> make_websocket(tcp::socket socket, const Request& request,
                                          std::shared_ptr<Stream> stream,
                                          const WebSocketLimits& limits) {
  return std::make_shared<Client>(std::move(socket), request, std::move(stream), limits);
}

}  // namespace weir::http
