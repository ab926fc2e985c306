#include "http/_connection.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

#include "http/_judge.hpp"
#include "http/_problem.hpp"
#include "net/content_decoder.hpp"
#include "net/http_connection.hpp"

// GCC takes the frames of inlined Asio coroutines for memory from one function given to another.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace weir::components {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using Got = net::HttpConnection::Got;
using Body = net::HttpConnection::Body;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr auto write_timeout = std::chrono::seconds(10);
constexpr std::size_t encoded_piece = std::size_t{16} * 1024;

net::TimeLimits times(const HttpOptions& options) {
  return {.idle = options.client_timeout,
          .head = options.client_timeout,
          .body_pause = options.client_timeout,
          .body_rate_min = options.rate_min,
          .write = write_timeout};
}

// A request that the hub knows of.
class ActiveRequest {
 public:
  explicit ActiveRequest(HttpHub& hub) : hub_(hub.begin_request() ? &hub : nullptr) {}
  ~ActiveRequest() {
    if (hub_ != nullptr) hub_->end_request();
  }
  ActiveRequest(const ActiveRequest&) = delete;
  ActiveRequest& operator=(const ActiveRequest&) = delete;
  explicit operator bool() const noexcept { return hub_ != nullptr; }

 private:
  HttpHub* hub_;
};

// What the decoder of one body takes of what all of them may.
class DecoderMemory {
 public:
  explicit DecoderMemory(HttpHub& hub) : hub_(hub) {}
  ~DecoderMemory() { hub_.give_decoder_bytes(taken_); }
  DecoderMemory(const DecoderMemory&) = delete;
  DecoderMemory& operator=(const DecoderMemory&) = delete;
  bool grow_to(std::size_t bytes) {
    if (bytes <= taken_) return true;
    if (!hub_.take_decoder_bytes(bytes - taken_)) return false;
    taken_ = bytes;
    return true;
  }

 private:
  HttpHub& hub_;
  std::size_t taken_ = 0;
};

class Connection final : public HttpClient,
                         public HttpRequest,
                         public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, std::shared_ptr<HttpHub> hub,
             std::shared_ptr<const net::Hosts> hosts)
      : HttpRequest(hub->options().lines),
        executor_(socket.get_executor()),
        http_(std::move(socket), {}, times(hub->options())),
        resumed_(executor_),
        hub_(std::move(hub)),
        hosts_(std::move(hosts)) {
    source = "POST from " + http_.peer();
  }

  ~Connection() override { hub_->end_connection(); }

  void resume() override {
    asio::post(executor_, [self = shared_from_this()] {
      self->with_process_ = false;
      self->resumed_.cancel();
    });
  }

  asio::awaitable<void> serve() override {
    // GCC 12 lays the frame out wrongly if a condition awaits and there is no other variable.
    for (bool more = true; more;) more = co_await serve_one();
  }

 private:
  // False if the connection is to be closed.
  asio::awaitable<bool> serve_one() {
    const Got got = co_await http_.read_head();
    if (got == Got::closed) co_return false;
    if (got == Got::refused) {
      co_await refuse(problem(http_.refusal().status, http_.refusal().detail, 0));
      co_return false;
    }
    if (auto refusal = judge(http_.head(), *hub_, *hosts_)) {
      co_await refuse(std::move(*refusal));
      co_return false;
    }
    const ActiveRequest active(*hub_);
    if (!active) {
      co_await refuse(retry_later(503, "the graph is being drained and takes no more", "10"));
      co_return false;
    }
    const HttpReply reply = co_await take_body();
    if (gone_) co_return false;
    const bool keep = http_.head().keep_alive && http_.body_done() && reply.status == 200;
    if (!co_await send(reply, keep)) co_return false;
    if (!keep) co_await http_.linger();
    co_return keep;
  }

  asio::awaitable<bool> send(const HttpReply& reply, bool keep_alive) {
    const net::RequestHead& head = http_.head();
    const std::string bytes = to_bytes(reply, head.method == "HEAD", head.http11, keep_alive);
    co_return co_await http_.send(bytes);
  }

  asio::awaitable<void> refuse(HttpReply reply) {
    const bool sent = co_await send(reply, false);
    if (sent) co_await http_.linger();
  }

  asio::awaitable<HttpReply> take_body() {
    last = false;
    broken.clear();
    packets = taken_ = 0;
    reader.begin_input();
    net::BodyLimits limits;
    limits.bytes_max = hub_->options().body_max;
    // judge() has looked at its length.
    http_.begin_body(limits);
    co_await http_.send_continue();
    const std::string_view* coding = http_.head().field("content-encoding");
    std::optional<HttpReply> refusal;
    if (coding == nullptr || net::is_identity(*coding)) {
      refusal = co_await take_plain();
    } else {
      refusal = co_await take_encoded(*coding);
    }
    reader.give_back();
    if (refusal) co_return std::move(*refusal);
    co_return HttpReply{.body = fmt::format("{{\"packets\":{}}}\n", packets)};
  }

  asio::awaitable<std::optional<HttpReply>> take_plain() {
    while (!last) {
      net::HttpConnection::Piece piece{0, Body::done};
      if (!http_.body_done()) piece = co_await http_.read_body(reader.room());
      reader.filled(piece.size);
      if (piece.state == Body::broken || piece.state == Body::refused) {
        co_return co_await break_off(piece.state);
      }
      last = piece.state == Body::done;
      co_await hand_over();
    }
    co_return std::nullopt;
  }

  asio::awaitable<std::optional<HttpReply>> take_encoded(std::string_view coding) {
    DecoderMemory memory(*hub_);
    const auto decoder = net::make_content_decoder(coding);
    std::string encoded(encoded_piece, '\0');
    while (!last) {
      net::HttpConnection::Piece piece{0, Body::done};
      if (!http_.body_done()) piece = co_await http_.read_body(encoded);
      std::string_view in(encoded.data(), piece.size);
      if (auto refusal = co_await decode(*decoder, in, memory)) co_return refusal;
      if (piece.state == Body::broken || piece.state == Body::refused) {
        co_return co_await break_off(piece.state);
      }
      if (piece.state != Body::done) continue;
      if (!decoder->complete()) {
        net::Refusal why{400, "The body ends in the middle of what was compressed."};
        co_return co_await break_off(std::move(why));
      }
      last = true;
      co_await hand_over();
    }
    co_return std::nullopt;
  }

  // A piece at a time goes to the process, so that what comes out waits nowhere.
  asio::awaitable<std::optional<HttpReply>> decode(net::ContentDecoder& decoder,
                                                   std::string_view in, DecoderMemory& memory) {
    for (bool more = !in.empty(); more;) {
      const std::span<char> room = reader.room();
      const net::ContentDecoder::Step step = decoder.decode({in.data(), in.size()}, room);
      in.remove_prefix(step.consumed);
      taken_ += step.produced;
      reader.filled(step.produced);
      more = !in.empty() || step.produced == room.size();
      if (!decoder.error().empty()) {
        net::Refusal why{400, fmt::format("The body {}.", decoder.error())};
        co_return co_await break_off(std::move(why));
      }
      if (taken_ > hub_->options().body_max) {
        net::Refusal why{413, too_large(hub_->options().body_max)};
        co_return co_await break_off(std::move(why));
      }
      if (!memory.grow_to(decoder.memory())) {
        net::Refusal why{429, "Too many compressed bodies are being read."};
        co_return co_await break_off(std::move(why));
      }
      if (step.produced != 0) co_await hand_over();
    }
    co_return std::nullopt;
  }

  // The body goes no further (GCC 12 does not like temporaries beside what is awaited): the whole
  // lines of it count, and the client is told how many.
  asio::awaitable<HttpReply> break_off(net::Refusal refusal) {
    last = true;
    broken = refusal.detail;
    co_await hand_over();
    if (refusal.status == 429) co_return retry_later(429, refusal.detail, "1", packets);
    co_return problem(refusal.status, refusal.detail, packets);
  }

  asio::awaitable<HttpReply> break_off(Body state) {
    gone_ = state == Body::broken;
    net::Refusal refusal{400, "The client closed the connection."};
    if (!gone_) refusal = http_.refusal();
    if (refusal.status == 413) refusal.detail = too_large(hub_->options().body_max);
    co_return co_await break_off(std::move(refusal));
  }

  // Lets the process empty the reader, and waits until it has.
  asio::awaitable<void> hand_over() {
    with_process_ = true;
    hub_->hand_over(shared_from_this());
    while (with_process_) {
      resumed_.expires_at(asio::steady_timer::time_point::max());
      co_await resumed_.async_wait(as_result);
    }
  }

  asio::any_io_executor executor_;
  net::HttpConnection http_;
  asio::steady_timer resumed_;
  std::shared_ptr<HttpHub> hub_;
  std::shared_ptr<const net::Hosts> hosts_;
  bool with_process_ = false;
  // Nobody is there to be answered.
  bool gone_ = false;
  // What came out of a compressed body.
  std::uint64_t taken_ = 0;
};

}  // namespace

std::shared_ptr<HttpClient> make_client(tcp::socket socket, std::shared_ptr<HttpHub> hub,
                                        std::shared_ptr<const net::Hosts> hosts) {
  return std::make_shared<Connection>(std::move(socket), std::move(hub), std::move(hosts));
}

}  // namespace weir::components
