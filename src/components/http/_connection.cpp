#include "http/_connection.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <utility>

#include "weir/text.hpp"

// GCC takes the frames of inlined Asio coroutines for memory from one function given to another.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace weir::components {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Parser = http::request_parser<http::buffer_body>;
using Response = http::response<http::string_body>;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr auto write_timeout = std::chrono::seconds(10);
// After a refusal the rest of the body is read and thrown away for a while, so that the client sees
// the answer and not a reset.
constexpr auto linger_timeout = std::chrono::seconds(2);
constexpr std::uint64_t linger_bytes = 4 * 1024 * 1024;
constexpr std::uint32_t header_limit = 16 * 1024;

Response answer(http::status status, std::string_view type, std::string body, unsigned version) {
  Response response{status, version};
  response.set(http::field::server, "weir");
  response.set(http::field::content_type, {type.data(), type.size()});
  response.body() = std::move(body);
  return response;
}

// RFC 9457 problem details; `packets` says how many lines were accepted all the same.
Response problem(http::status status, std::string_view detail, unsigned version,
                 std::optional<std::uint64_t> packets = {}) {
  std::string body =
      fmt::format("{{\"title\":\"{}\",\"status\":{},\"detail\":",
                  std::string_view(http::obsolete_reason(status)), static_cast<unsigned>(status));
  append_json_text(body, detail);
  if (packets) body += fmt::format(",\"packets\":{}", *packets);
  body += "}\n";
  return answer(status, "application/problem+json", std::move(body), version);
}

asio::awaitable<void> send(beast::tcp_stream& stream, Response response, bool keep_alive) {
  response.keep_alive(keep_alive);
  response.prepare_payload();
  stream.expires_after(write_timeout);
  co_await http::async_write(stream, response, as_result);
}

asio::awaitable<void> linger(beast::tcp_stream& stream) {
  error_code error;
  stream.socket().shutdown(tcp::socket::shutdown_send, error);
  stream.expires_after(linger_timeout);
  char discarded[4096];
  std::size_t count = 0;
  for (std::uint64_t total = 0; !error && total < linger_bytes; total += count) {
    std::tie(error, count) = co_await stream.async_read_some(asio::buffer(discarded), as_result);
  }
}

class Connection final : public HttpRequest, public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, std::shared_ptr<HttpHub> hub)
      : HttpRequest(hub->options().lines),
        stream_(std::move(socket)),
        resumed_(stream_.get_executor()),
        hub_(std::move(hub)) {
    error_code ignored;
    source = "POST from " + stream_.socket().remote_endpoint(ignored).address().to_string();
  }

  ~Connection() override { hub_->end_connection(); }

  void resume() override {
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
      self->with_process_ = false;
      self->resumed_.cancel();
    });
  }

  asio::awaitable<void> serve() {
    const auto self = shared_from_this();
    while (co_await serve_one()) {
    }
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

 private:
  // False if the connection is to be closed.
  asio::awaitable<bool> serve_one() {
    Parser parser;
    parser.header_limit(header_limit);
    parser.body_limit(boost::none);
    stream_.expires_after(hub_->options().client_timeout);
    auto [error, size] = co_await http::async_read_header(stream_, buffer_, parser, as_result);
    if (error) co_return co_await refuse_malformed(error);
    const unsigned version = parser.get().version();
    std::optional<Response> refusal = refuse(parser);
    if (!refusal && !hub_->begin_request()) {
      refusal = problem(http::status::service_unavailable,
                        "the graph is being drained and takes no more", version);
      refusal->set(http::field::retry_after, "10");
    }
    if (refusal) {
      co_await send(stream_, std::move(*refusal), false);
      co_await linger(stream_);
      co_return false;
    }
    const Response response = co_await take_body(parser);
    const bool keep =
        parser.keep_alive() && parser.is_done() && !broken && response.result() == http::status::ok;
    if (!broken) co_await send(stream_, response, keep);
    hub_->end_request();
    if (!broken && !keep) co_await linger(stream_);
    co_return keep;
  }

  std::optional<Response> refuse(const Parser& parser) const {
    const auto& request = parser.get();
    const unsigned version = request.version();
    const std::string_view target(request.target().data(), request.target().size());
    if (target.substr(0, target.find('?')) != hub_->options().path) {
      return problem(http::status::not_found,
                     fmt::format("lines are taken at {}", hub_->options().path), version);
    }
    if (request.method() != http::verb::post) {
      Response response =
          problem(http::status::method_not_allowed, "lines are taken by POST", version);
      response.set(http::field::allow, "POST");
      return response;
    }
    if (const auto length = parser.content_length(); length && *length > hub_->options().body_max) {
      return problem(http::status::payload_too_large, too_large(), version, 0);
    }
    if (hub_->output_full()) {
      Response response = problem(http::status::too_many_requests,
                                  "the graph is at capacity; send it again later", version, 0);
      response.set(http::field::retry_after, "1");
      return response;
    }
    return std::nullopt;
  }

  std::string too_large() const {
    return fmt::format("the body is larger than the limit of {} bytes; send it in parts",
                       hub_->options().body_max);
  }

  asio::awaitable<Response> take_body(Parser& parser) {
    last = broken = false;
    packets = 0;
    const unsigned version = parser.get().version();
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      http::response<http::empty_body> go_on{http::status::continue_, version};
      co_await http::async_write(stream_, go_on, as_result);
    }
    std::uint64_t total = 0;
    bool too_much = false;
    while (!last) {
      const auto room = reader.room();
      parser.get().body().data = room.data();
      parser.get().body().size = room.size();
      parser.get().body().more = true;
      error_code error;
      if (!parser.is_done()) {
        stream_.expires_after(hub_->options().client_timeout);
        std::tie(error, std::ignore) =
            co_await http::async_read_some(stream_, buffer_, parser, as_result);
      }
      const std::size_t count = room.size() - parser.get().body().size;
      reader.filled(count);
      total += count;
      too_much = total > hub_->options().body_max;
      broken = error && error != http::error::need_buffer;
      last = parser.is_done() || broken || too_much;
      if (count != 0 || last) co_await hand_over();
    }
    reader.give_back();
    if (too_much) {
      co_return problem(http::status::payload_too_large, too_large(), version, packets);
    }
    co_return answer(http::status::ok, "application/json",
                     fmt::format("{{\"packets\":{}}}\n", packets), version);
  }

  // Lets the process empty the reader, and waits until it has.
  asio::awaitable<void> hand_over() {
    with_process_ = true;
    stream_.expires_never();
    hub_->hand_over(shared_from_this());
    while (with_process_) {
      resumed_.expires_at(asio::steady_timer::time_point::max());
      co_await resumed_.async_wait(as_result);
    }
  }

  asio::awaitable<bool> refuse_malformed(error_code error) {
    if (error == http::error::header_limit) {
      co_await send(stream_,
                    problem(http::status::request_header_fields_too_large,
                            "the headers are larger than 16 KiB", 11),
                    false);
      co_await linger(stream_);
    } else if (error.category() == make_error_code(http::error::bad_method).category() &&
               error != http::error::end_of_stream && error != http::error::partial_message) {
      co_await send(stream_,
                    problem(http::status::bad_request,
                            fmt::format("this is not HTTP/1.1: {}", error.message()), 11),
                    false);
      co_await linger(stream_);
    }
    co_return false;
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{header_limit * 4};
  asio::steady_timer resumed_;
  std::shared_ptr<HttpHub> hub_;
  bool with_process_ = false;
};

}  // namespace

asio::awaitable<void> serve_connection(tcp::socket socket, std::shared_ptr<HttpHub> hub) {
  const auto connection = std::make_shared<Connection>(std::move(socket), std::move(hub));
  co_await connection->serve();
}

asio::awaitable<void> refuse_connection(tcp::socket socket) {
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer(header_limit);
  http::request_parser<http::empty_body> parser;
  parser.header_limit(header_limit);
  stream.expires_after(linger_timeout);
  // The answer to a request that was not read might get lost.
  const auto [error, size] = co_await http::async_read_header(stream, buffer, parser, as_result);
  if (error) co_return;
  Response response =
      problem(http::status::too_many_requests,
              "as many clients as may be are connected; send it again later", 11, 0);
  response.set(http::field::retry_after, "1");
  co_await send(stream, std::move(response), false);
  co_await linger(stream);
}

}  // namespace weir::components
