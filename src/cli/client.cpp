#include "cli/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <exception>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/commands.hpp"
#include "cli/version.hpp"
#include "http/access.hpp"
#include "net/address.hpp"
#include "weir/advice.hpp"

// GCC takes the frames of inlined Asio coroutines for memory from one function given to another.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace weir::cli {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t answer_bytes_max = 256 * 1024 * 1024;
/// A server that does not even answer pings for so long is gone.
constexpr auto silence_max = std::chrono::seconds(60);

struct Place {
  std::string host;
  std::string port;
  /// As the Host header names it.
  std::string authority;
  /// What comes before the path, for a weir behind a proxy; without a slash at its end.
  std::string prefix;
};

Place parse_url(std::string_view url) {
  constexpr std::string_view scheme = "http://";
  const auto bad = [&](std::string_view why) {
    return BadClientOption(
        fmt::format("--url: {} {}; write it as http://127.0.0.1:7070", quote(url), why));
  };
  std::string_view rest = url;
  if (rest.starts_with("https://")) {
    throw bad("asks for TLS, which weir does not speak itself");
  }
  if (rest.starts_with(scheme)) rest.remove_prefix(scheme.size());
  if (rest.find("://") != std::string_view::npos) throw bad("is no http:// address");
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  Place place;
  place.authority = rest.substr(0, slash);
  place.prefix = rest.substr(slash);
  while (place.prefix.ends_with('/')) place.prefix.pop_back();
  const auto authority = weir::net::parse_authority(place.authority);
  const bool printable = std::ranges::all_of(
      url, [](char c) { return c > ' ' && c < '\x7f' && c != '?' && c != '#'; });
  if (!authority || !printable) throw bad("is no address");
  place.host = authority->host;
  place.port = std::to_string(authority->port.value_or(80));
  return place;
}

template <class Message>
std::string problem_text(const Message& answer, std::string_view what) {
  const auto problem = nlohmann::json::parse(answer.body(), nullptr, false);
  if (problem.is_object()) {
    const auto detail = problem.find("detail");
    if (detail != problem.end() && detail->is_string()) return detail->template get<std::string>();
  }
  return fmt::format("{} was answered with {} {}; is --url that of a weir?", what,
                     answer.result_int(), std::string_view(answer.reason()));
}

}  // namespace

class Client::Impl {
 public:
  explicit Impl(const ClientOptions& options)
      : options_(options), place_(parse_url(options.url)), resolver_(io_) {
    if (!options.token_file) return;
    try {
      token_ = http::read_token(*options.token_file);
    } catch (const std::exception& error) {
      throw BadClientOption(fmt::format("--token-file: {}", error.what()));
    }
  }

  const std::string& url() const noexcept { return options_.url; }

  void stop() noexcept {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    io_.stop();
  }

  std::string request(beast::http::verb verb, std::string_view path, std::string_view body) {
    std::string answer;
    run(ask(verb, path, body, answer));
    return answer;
  }

  void follow(std::string_view path, const std::function<bool(std::string_view)>& on_message,
              const std::function<void()>& on_open) {
    run(read_messages(path, on_message, on_open));
  }

 private:
  using WebSocket = websocket::stream<beast::tcp_stream>;

  void run(asio::awaitable<void> work);
  asio::awaitable<void> connect(beast::tcp_stream& stream);
  asio::awaitable<void> ask(beast::http::verb verb, std::string_view path, std::string_view body,
                            std::string& answer);
  asio::awaitable<void> read_messages(std::string_view path,
                                      const std::function<bool(std::string_view)>& on_message,
                                      const std::function<void()>& on_open);
  asio::awaitable<void> shake_hands(WebSocket& socket, std::string_view path);
  [[noreturn]] void refused(const std::string& text, int status) const;
  [[noreturn]] void unanswered(error_code error) const;
  std::string target(std::string_view path) const { return place_.prefix + std::string(path); }

  ClientOptions options_;
  Place place_;
  std::optional<std::string> token_;
  asio::io_context io_{1};
  tcp::resolver resolver_;
  /// Guards stopped_ and that io_ is not started again after a stop.
  std::mutex mutex_;
  bool stopped_ = false;
};

void Client::Impl::run(asio::awaitable<void> work) {
  std::exception_ptr failure;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    io_.restart();
  }
  asio::co_spawn(io_, std::move(work),
                 [&failure](std::exception_ptr error) { failure = std::move(error); });
  io_.run();
  if (failure) std::rethrow_exception(failure);
}

void Client::Impl::unanswered(error_code error) const {
  std::string why = error.message();
  if (error == beast::error::timeout) {
    why = fmt::format("nothing came within {}", format_duration(options_.timeout));
  } else if (error == asio::error::connection_refused) {
    why = "connection refused";
  }
  throw ClientFailure(
      fmt::format("no weir answers at {}: {}; is it running, and is --url right?", url(), why), 0);
}

void Client::Impl::refused(const std::string& text, int status) const {
  const bool wants_token = status == 401 && !token_;
  throw ClientFailure(wants_token ? text + " Give its file to this command as --token-file." : text,
                      status);
}

asio::awaitable<void> Client::Impl::connect(beast::tcp_stream& stream) {
  stream.expires_after(options_.timeout);
  const auto [unknown, found] =
      co_await resolver_.async_resolve(place_.host, place_.port, as_result);
  if (unknown) {
    throw ClientFailure(
        fmt::format("no weir answers at {}: the name {} is not known ({}); is --url "
                    "right?",
                    url(), quote(place_.host), unknown.message()),
        0);
  }
  const auto [error, endpoint] = co_await stream.async_connect(found, as_result);
  if (error) unanswered(error);
}

asio::awaitable<void> Client::Impl::ask(beast::http::verb verb, std::string_view path,
                                        std::string_view body, std::string& answer) {
  namespace http = beast::http;
  beast::tcp_stream stream(io_);
  co_await connect(stream);
  http::request<http::string_body> request(verb, target(path), 11);
  request.set(http::field::host, place_.authority);
  request.set(http::field::user_agent, fmt::format("weir/{}", version));
  request.set(http::field::accept, "*/*");
  request.set(http::field::connection, "close");
  if (token_) request.set(http::field::authorization, "Bearer " + *token_);
  if (verb == http::verb::post) {
    request.set(http::field::content_type, "application/json");
    request.body() = body;
    request.prepare_payload();
  }
  stream.expires_after(options_.timeout);
  // A server may refuse, and close, before it has read all.
  const auto [unsent, sent] = co_await http::async_write(stream, request, as_result);
  http::response_parser<http::string_body> parser;
  parser.body_limit(answer_bytes_max);
  beast::flat_buffer buffer;
  const auto [error, size] = co_await http::async_read(stream, buffer, parser, as_result);
  if (error) unanswered(unsent ? unsent : error);
  auto& response = parser.get();
  if (response.result_int() / 100 != 2) {
    const std::string what =
        fmt::format("{} {}", std::string_view(http::to_string(verb)), target(path));
    refused(problem_text(response, what), static_cast<int>(response.result_int()));
  }
  answer = std::move(response.body());
}

asio::awaitable<void> Client::Impl::shake_hands(WebSocket& socket, std::string_view path) {
  namespace http = beast::http;
  socket.set_option(websocket::stream_base::decorator([this](websocket::request_type& request) {
    request.set(http::field::user_agent, fmt::format("weir/{}", version));
    if (token_) request.set(http::field::authorization, "Bearer " + *token_);
  }));
  websocket::response_type response;
  const auto [error] =
      co_await socket.async_handshake(response, place_.authority, target(path), as_result);
  if (!error) co_return;
  if (error != websocket::error::upgrade_declined) unanswered(error);
  refused(problem_text(response, "WebSocket " + target(path)),
          static_cast<int>(response.result_int()));
}

asio::awaitable<void> Client::Impl::read_messages(
    std::string_view path, const std::function<bool(std::string_view)>& on_message,
    const std::function<void()>& on_open) {
  WebSocket socket(io_);
  co_await connect(socket.next_layer());
  // From here on the WebSocket keeps the time.
  socket.next_layer().expires_never();
  socket.set_option(websocket::stream_base::timeout{options_.timeout, silence_max, true});
  socket.read_message_max(answer_bytes_max);
  co_await shake_hands(socket, path);
  if (on_open) on_open();
  beast::flat_buffer buffer;
  for (;;) {
    const auto [error, size] = co_await socket.async_read(buffer, as_result);
    if (error == websocket::error::closed) {
      if (socket.reason().code == websocket::close_code::normal) co_return;
      const std::string_view why(socket.reason().reason.data(), socket.reason().reason.size());
      throw ClientFailure(fmt::format("the weir at {} has ended the connection{}{}", url(),
                                      why.empty() ? "" : ": ", why),
                          0);
    }
    if (error) {
      throw ClientFailure(fmt::format("the connection to {} was lost: {}", url(), error.message()),
                          0);
    }
    const auto data = buffer.cdata();
    if (!on_message({static_cast<const char*>(data.data()), data.size()})) {
      co_await socket.async_close(websocket::close_code::normal, as_result);
      co_return;
    }
    buffer.clear();
  }
}

Client::Client(const ClientOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Client::~Client() = default;

std::string Client::get(std::string_view path) {
  return impl_->request(beast::http::verb::get, path, {});
}

std::string Client::post(std::string_view path, std::string_view json) {
  return impl_->request(beast::http::verb::post, path, json);
}

void Client::follow(std::string_view path, const std::function<bool(std::string_view)>& on_message,
                    const std::function<void()>& on_open) {
  impl_->follow(path, on_message, on_open);
}

void Client::stop() noexcept {
  impl_->stop();
}

const std::string& Client::url() const noexcept {
  return impl_->url();
}

int with_client(std::string_view command, const ClientOptions& options,
                const std::function<int(Client&)>& use) {
  try {
    Client client(options);
    return use(client);
  } catch (const BadClientOption& error) {
    fmt::print(stderr, "weir {}: {}\n", command, error.what());
    return exit_usage;
  } catch (const std::exception& error) {
    fmt::print(stderr, "weir {}: {}\n", command, error.what());
    return exit_failed;
  }
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace weir::cli
