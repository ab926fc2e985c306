#include "net/http_connection.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "net/response.hpp"

// GCC takes the frames of inlined Asio coroutines for memory from one function given to another.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace weir::net {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Clock = Deadline::Clock;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t buffer_bytes_min = 4096;
/// What is read and thrown away after a refusal.
constexpr std::size_t linger_bytes_max = 4 * 1024 * 1024;
constexpr auto linger_timeout = std::chrono::seconds(2);

}  // namespace

HttpConnection::HttpConnection(tcp::socket socket, const HeadLimits& head, const TimeLimits& times)
    : head_limits_(head),
      times_(times),
      deadline_(std::make_shared<Deadline>(std::move(socket))),
      scanner_(head) {
  error_code ignored;
  this->socket().set_option(tcp::no_delay(true), ignored);
}

void HttpConnection::cancel() noexcept {
  error_code ignored;
  socket().close(ignored);
}

void HttpConnection::interrupt() noexcept {
  error_code ignored;
  socket().cancel(ignored);
}

std::string HttpConnection::peer() const {
  error_code error;
  const auto endpoint = deadline_->socket().remote_endpoint(error);
  return error ? std::string() : endpoint.address().to_string();
}

/// Moves what is unread to the front, or takes more memory: what a head may take, and a little for
/// what follows it. A head that fills that is refused before more is asked for.
void HttpConnection::make_room() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ < capacity_) return;
  if (begin_ == 0) {
    capacity_ = std::clamp(2 * capacity_, buffer_bytes_min,
                           std::max(capacity_, head_limits_.bytes_max) + buffer_bytes_min);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
    if (end_ != 0) std::memcpy(larger.get(), buffer_.get(), end_);
    buffer_ = std::move(larger);
  } else {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
}

asio::awaitable<bool> HttpConnection::fill() {
  make_room();
  const auto [error, size] = co_await socket().async_read_some(
      asio::buffer(buffer_.get() + end_, capacity_ - end_), as_result);
  if (error) co_return false;
  end_ += size;
  co_return true;
}

asio::awaitable<HttpConnection::Got> HttpConnection::read_head() {
  scanner_.restart();
  forget_head();
  if (begin_ == end_) {
    deadline_->set(times_.idle);
    if (!co_await fill()) co_return Got::closed;
  }
  request_began_ = Clock::now();
  deadline_->set(request_began_ + times_.head);
  for (;;) {
    if (auto refusal = scanner_.scan(unread())) {
      refusal_ = std::move(*refusal);
      co_return Got::refused;
    }
    if (scanner_.size() != 0) co_return take_head();
    if (!co_await fill()) {
      // Who only opened the connection, or keeps it open, is not answered.
      if (!deadline_->expired() || scanner_.skipped() == unread().size()) co_return Got::closed;
      refusal_ = {408, "The request's headers took too long."};
      co_return Got::refused;
    }
  }
}

/// What is refused before it is read has no method, nor a body.
void HttpConnection::forget_head() {
  head_.method = {};
  head_.http11 = true;
  head_.body = RequestHead::Body::none;
  body_begun_ = false;
  body_waited_ = {};
  body_bytes_ = 0;
}

HttpConnection::Got HttpConnection::take_head() {
  text_ = unread().substr(scanner_.skipped(), scanner_.size());
  begin_ += scanner_.skipped() + scanner_.size();
  if (auto refusal = net::read_head(text_, head_limits_, head_)) {
    refusal_ = std::move(*refusal);
    return Got::refused;
  }
  return Got::request;
}

bool HttpConnection::begin_body(const BodyLimits& limits) {
  body_begun_ = true;
  decoder_.begin(head_, limits);
  if (!decoder_.refusal()) return true;
  refusal_ = *decoder_.refusal();
  return false;
}

asio::awaitable<void> HttpConnection::send_continue() {
  if (head_.expects_continue && !decoder_.done()) {
    co_await send(continue_bytes);
  }
}

Deadline::Clock::time_point HttpConnection::body_deadline() const {
  Clock::time_point result = Deadline::never;
  const Clock::time_point now = Clock::now();
  if (times_.request != Duration()) result = request_began_ + times_.request;
  if (times_.body_pause == Duration()) return result;
  result = std::min(result, now + times_.body_pause);
  if (times_.body_rate_min == 0) return result;
  // A day is more than anybody has earned, and does not overflow.
  const std::uint64_t earned_s =
      std::min<std::uint64_t>(body_bytes_ / times_.body_rate_min, 24 * 60 * 60);
  return std::min(result, now + times_.body_pause + std::chrono::seconds(earned_s) - body_waited_);
}

asio::awaitable<HttpConnection::Piece> HttpConnection::read_body(std::span<char> out) {
  for (;;) {
    if (sent_more() || decoder_.done()) {
      const Piece piece = decode(out);
      if (piece.size != 0 || piece.state != Body::more) co_return piece;
    }
    const Clock::time_point before = Clock::now();
    deadline_->set(body_deadline());
    const std::uint64_t plain = decoder_.plain();
    std::size_t got = 0;
    if (plain != 0) {
      // Straight to where it belongs.
      const auto room =
          out.first(static_cast<std::size_t>(std::min<std::uint64_t>(plain, out.size())));
      const auto [error, size] =
          co_await socket().async_read_some(asio::buffer(room.data(), room.size()), as_result);
      if (!error) got = size;
    } else {
      const std::size_t had = end_ - begin_;
      if (co_await fill()) got = end_ - begin_ - had;
    }
    if (got == 0) co_return end_early();
    body_waited_ += Clock::now() - before;
    body_bytes_ += got;
    if (plain == 0) continue;
    decoder_.took(got);
    co_return Piece{got, decoder_.done() ? Body::done : Body::more};
  }
}

HttpConnection::Piece HttpConnection::decode(std::span<char> out) {
  const std::string_view in = unread();
  const BodyDecoder::Step step = decoder_.decode({in.data(), in.size()}, out);
  begin_ += step.consumed;
  if (decoder_.refusal()) {
    refusal_ = *decoder_.refusal();
    return {step.produced, Body::refused};
  }
  return {step.produced, decoder_.done() ? Body::done : Body::more};
}

HttpConnection::Piece HttpConnection::end_early() {
  if (!socket().is_open()) return {0, Body::broken};
  refusal_ = deadline_->expired()
                 ? Refusal{408, "The request's body took too long."}
                 : Refusal{400, "The connection ended before the request's body did."};
  return {0, Body::refused};
}

asio::awaitable<bool> HttpConnection::send(std::string_view bytes) {
  deadline_->set(times_.write);
  const auto [error, size] =
      co_await asio::async_write(socket(), asio::buffer(bytes.data(), bytes.size()), as_result);
  deadline_->clear();
  co_return !error;
}

asio::awaitable<void> HttpConnection::linger() {
  error_code ignored;
  socket().shutdown(tcp::socket::shutdown_send, ignored);
  deadline_->set(linger_timeout);
  // What is thrown away needs no memory of the connection's: many may linger.
  begin_ = end_ = capacity_ = 0;
  buffer_.reset();
  for (std::size_t total = 0; total < linger_bytes_max;) {
    const auto [error] = co_await socket().async_wait(tcp::socket::wait_read, as_result);
    if (error) co_return;
    static thread_local std::array<char, 16 * 1024> nowhere;
    const ssize_t size =
        ::recv(socket().native_handle(), nowhere.data(), nowhere.size(), MSG_DONTWAIT);
    if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) co_return;
    total += static_cast<std::size_t>(std::max<ssize_t>(size, 0));
  }
}

}  // namespace weir::net
