#include "http/websocket.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>
#include <spdlog/spdlog.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "http/second_thread.hpp"
#include "net/deadline.hpp"
#include "net/websocket_frames.hpp"
#include "weir/text.hpp"

// GCC takes the frames of inlined Asio coroutines for memory from one function given to another.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace weir::http {

namespace {

namespace asio = boost::asio;
namespace close_code = net::close_code;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Clock = std::chrono::steady_clock;
using Event = net::FrameReader::Event;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

std::string accepting(const Request& request) {
  const std::string text =
      *request.header("sec-websocket-key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return fmt::format(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: {}\r\n\r\n",
      base64({reinterpret_cast<const char*>(digest.data()), digest.size()}));
}

/// Two coroutines: one reads, the other writes all that is written, so that frames never mix.
class Client final : public WebSocket, public std::enable_shared_from_this<Client> {
 public:
  Client(tcp::socket socket, asio::thread_pool& second, const Request& request,
         std::shared_ptr<Stream> stream, const WebSocketLimits& limits)
      : second_(second),
        deadline_(std::make_shared<net::Deadline>(std::move(socket))),
        news_(deadline_->socket().get_executor()),
        accepting_(accepting(request)),
        path_(request.path),
        stream_(std::move(stream)),
        limits_(limits) {}

  void start(std::function<void()> on_closed) override {
    on_closed_ = std::move(on_closed);
    asio::co_spawn(executor(), run(), [self = shared_from_this()](const std::exception_ptr& error) {
      // Memory ran out, say.
      if (error) self->cut();
      self->on_closed_();
    });
  }

  void go_away() override { end(close_code::going_away); }

  void abandon() noexcept override { stream_.reset(); }

 private:
  asio::awaitable<void> run();
  asio::awaitable<void> serve();
  asio::awaitable<void> read_all();
  bool take(std::string_view bytes);
  asio::awaitable<void> send_all();
  asio::awaitable<bool> send_due();
  asio::awaitable<bool> send(std::string_view bytes);
  asio::awaitable<bool> send_message(const std::string& message);
  asio::awaitable<void> wait(Duration time);
  asio::awaitable<Stream::Next> ask();
  std::function<void()> waker();

  tcp::socket& socket() noexcept { return deadline_->socket(); }
  asio::any_io_executor executor() { return socket().get_executor(); }
  /// No more is sent but a close with this code; 0 if the client is gone.
  void end(std::uint16_t code) {
    if (std::exchange(ending_, true)) return;
    code_ = code;
    wake();
  }
  void wake() {
    woken_ = true;
    news_.cancel();
  }
  void cut() {
    error_code ignored;
    socket().close(ignored);
  }

  asio::thread_pool& second_;
  std::shared_ptr<net::Deadline> deadline_;
  /// Expires when the stream is to be asked again, or the client to be pinged.
  asio::steady_timer news_;
  bool woken_ = false;
  std::string accepting_;
  std::string path_;
  std::shared_ptr<Stream> stream_;
  const WebSocketLimits limits_;
  std::function<void()> on_closed_;
  net::FrameReader frames_{net::FrameBounds{}};
  /// Of the last ping that was not answered: one answer does for all before it (RFC 6455, 5.5.3).
  std::optional<std::string> pong_;
  Clock::time_point heard_ = Clock::now();
  bool pinged_ = false;
  bool ending_ = false;
  bool reading_ = false;
  std::uint16_t code_ = 0;
};

asio::awaitable<void> Client::run() {
  std::exception_ptr failed;
  try {
    co_await serve();
  } catch (const std::exception&) {
    failed = std::current_exception();
  }
  ending_ = true;
  // Where it was used it is destroyed.
  asio::post(second_, [stream = std::move(stream_)]() mutable { stream.reset(); });
  if (failed == nullptr && code_ != 0) {
    deadline_->set(limits_.handshake_timeout);
    co_await asio::async_write(socket(), asio::buffer(net::close_frame(code_)), as_result);
    error_code ignored;
    if (!reading_) socket().shutdown(tcp::socket::shutdown_send, ignored);
  } else {
    cut();
  }
  while (reading_) {
    woken_ = false;
    co_await wait(std::chrono::hours(1));
  }
  cut();
  if (failed != nullptr) std::rethrow_exception(failed);
}

asio::awaitable<void> Client::serve() {
  deadline_->set(limits_.handshake_timeout);
  const auto [error, size] =
      co_await asio::async_write(socket(), asio::buffer(accepting_), as_result);
  deadline_->clear();
  if (error || ending_) co_return;
  heard_ = Clock::now();
  reading_ = true;
  asio::co_spawn(executor(), read_all(), [self = shared_from_this()](const std::exception_ptr&) {
    self->reading_ = false;
    self->end(0);
    self->wake();
  });
  co_await on_second_thread(second_, [this] {
    stream_->open(waker());
    return 0;
  });
  co_await send_all();
}

/// Ends with the client, or with the time that it has to answer a close.
asio::awaitable<void> Client::read_all() {
  std::array<char, 4096> buffer;
  for (;;) {
    const auto [error, size] = co_await socket().async_read_some(asio::buffer(buffer), as_result);
    if (error) co_return;
    heard_ = Clock::now();
    pinged_ = false;
    if (!take({buffer.data(), size})) co_return;
  }
}

/// False when the client has closed: nothing it sends after that counts.
bool Client::take(std::string_view bytes) {
  for (;;) {
    switch (frames_.read(bytes)) {
      case Event::none: return true;
      case Event::message:
      case Event::pong: break;
      case Event::ping:
        pong_ = frames_.payload();
        wake();
        break;
      case Event::close: end(frames_.code()); return false;
      case Event::wrong:
        // What follows is thrown away until the client goes, so that it sees the close.
        if (ending_) return true;
        end(frames_.code());
        return true;
    }
  }
}

asio::awaitable<void> Client::send_all() {
  while (!ending_) {
    if (!co_await send_due()) break;
    woken_ = false;
    const Stream::Next next = co_await ask();
    if (ending_) break;
    if (next.message != nullptr) {
      if (!co_await send_message(*next.message)) break;
    } else if (next.ended) {
      end(close_code::normal);
    } else {
      co_await wait(next.again);
    }
  }
}

/// What goes before the next message: a pong, a ping. False if the client is gone.
asio::awaitable<bool> Client::send_due() {
  if (pong_) {
    const std::string pong = net::frame(net::Opcode::pong, *std::exchange(pong_, {}));
    if (!co_await send(pong)) co_return false;
  }
  const Duration silent = Clock::now() - heard_;
  if (silent < limits_.idle_timeout / 2) co_return true;
  if (silent >= limits_.idle_timeout) {
    end(0);
    co_return false;
  }
  if (std::exchange(pinged_, true)) co_return true;
  const std::string ping = net::frame(net::Opcode::ping, {});
  co_return co_await send(ping);
}

/// Until woken, or for the time, or until the client must be pinged or cut off.
asio::awaitable<void> Client::wait(Duration time) {
  if (woken_) co_return;
  const Clock::time_point alive =
      heard_ + (pinged_ ? limits_.idle_timeout : limits_.idle_timeout / 2);
  Clock::time_point until = Clock::now() + time;
  if (!ending_) until = std::min(until, alive);
  news_.expires_at(until);
  co_await news_.async_wait(as_result);
}

asio::awaitable<Stream::Next> Client::ask() {
  std::string failure;
  try {
    co_return co_await on_second_thread(second_, [this] { return stream_->next(); });
  } catch (const std::exception& error) {
    failure = error.what();
  }
  spdlog::error("admin: WebSocket {} failed: {}", path_, failure);
  end(close_code::internal_error);
  co_return Stream::Next{};
}

asio::awaitable<bool> Client::send(std::string_view bytes) {
  deadline_->set(limits_.write_timeout);
  const auto [error, size] =
      co_await asio::async_write(socket(), asio::buffer(bytes.data(), bytes.size()), as_result);
  deadline_->clear();
  if (error) end(0);
  co_return !error;
}

asio::awaitable<bool> Client::send_message(const std::string& message) {
  const std::string header = net::frame_header(net::Opcode::text, message.size());
  deadline_->set(limits_.write_timeout);
  const std::array buffers{asio::buffer(header), asio::buffer(message)};
  const auto [error, size] = co_await asio::async_write(socket(), buffers, as_result);
  deadline_->clear();
  if (error) end(0);
  co_return !error;
}

std::function<void()> Client::waker() {
  return [weak = weak_from_this(), executor = executor()] {
    asio::post(executor, [weak] {
      if (const auto self = weak.lock()) self->wake();
    });
  };
}

}  // namespace

std::shared_ptr<WebSocket> make_websocket(tcp::socket socket, asio::thread_pool& second,
                                          const Request& request, std::shared_ptr<Stream> stream,
                                          const WebSocketLimits& limits) {
  return std::make_shared<Client>(std::move(socket), second, request, std::move(stream), limits);
}

}  // namespace weir::http
