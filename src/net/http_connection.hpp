// One client of an HTTP/1.1 server, as bytes: its requests are read within all bounds of
// net/limits.hpp, its answers written. What the requests are about is the server's business. Used
// on the socket's executor, by one coroutine at a time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/body_decoder.hpp"
#include "net/deadline.hpp"
#include "net/limits.hpp"
#include "net/request_head.hpp"

namespace weir::net {

class HttpConnection {
 public:
  HttpConnection(boost::asio::ip::tcp::socket socket, const HeadLimits& head,
                 const TimeLimits& times);
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  enum class Got {
    request,  // head() has it; its body is still to be read
    closed,   // by the client, or for its silence: there is nobody to answer
    refused   // refusal() says why; answer it, linger, close
  };
  /// Reads the next request's head. Read the body of the one before first.
  boost::asio::awaitable<Got> read_head();
  /// Valid until the next read_head(). Of a refused request what could be read.
  const RequestHead& head() const noexcept { return head_; }
  const Refusal& refusal() const noexcept { return refusal_; }

  /// Before read_body(): how much it may be. False: refusal() says why it is not taken.
  bool begin_body(const BodyLimits& limits);
  /// Tells the client that waits for it to send its body.
  boost::asio::awaitable<void> send_continue();

  enum class Body {
    more,     // what was read is content; there may be more
    done,     // this was the last
    broken,   // the client went away, and hears nothing any more
    refused,  // refusal() says why
  };
  struct Piece {
    std::size_t size = 0;
    Body state = Body::more;
  };
  /// Reads some of the body. With `more`, `size` is not 0.
  boost::asio::awaitable<Piece> read_body(std::span<char> out);
  /// The whole request was read, and the connection can serve another.
  bool body_done() const noexcept {
    return head_.body == RequestHead::Body::none || (body_begun_ && decoder_.done());
  }

  /// False if the client has not taken it in time, or is gone.
  boost::asio::awaitable<bool> send(std::string_view bytes);
  /// After a refusal: says that no more will be sent, then reads and throws away for a while, so
  /// that the client sees the answer and not a reset.
  boost::asio::awaitable<void> linger();

  /// From now on a request must be there so soon.
  void hurry(Duration time) noexcept { times_.idle = times_.head = time; }
  /// Ends what is waited for; answers can still be sent.
  void interrupt() noexcept;
  /// Ends what is waited for; the connection is closed then.
  void cancel() noexcept;
  /// Bytes that came after the request's head and were not read.
  bool sent_more() const noexcept { return begin_ != end_; }
  /// For another protocol on the same connection; nothing else may be called then.
  boost::asio::ip::tcp::socket release() { return std::move(deadline_->socket()); }
  /// "192.0.2.7"; empty if the client is gone.
  std::string peer() const;

 private:
  std::string_view unread() const noexcept { return {buffer_.get() + begin_, end_ - begin_}; }
  boost::asio::ip::tcp::socket& socket() noexcept { return deadline_->socket(); }
  boost::asio::awaitable<bool> fill();
  void forget_head();
  Got take_head();
  Piece decode(std::span<char> out);
  Piece end_early();
  Deadline::Clock::time_point body_deadline() const;
  void make_room();

  HeadLimits head_limits_;
  TimeLimits times_;
  std::shared_ptr<Deadline> deadline_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  HeadScanner scanner_;
  std::string text_;
  RequestHead head_;
  BodyDecoder decoder_;
  bool body_begun_ = false;
  Refusal refusal_;
  Deadline::Clock::time_point request_began_{};
  /// How long the body was waited for, and what came of it.
  Duration body_waited_{};
  std::uint64_t body_bytes_ = 0;
};

}  // namespace weir::net
