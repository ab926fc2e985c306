// Asks a running weir over HTTP, for the commands `report`, `top` and `tap`. Blocking: one request
// at a time, used by one thread, but for stop().
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "weir/units.hpp"

namespace weir::cli {

struct ClientOptions {
  /// --url: http://host:port, where weir serves its admin page.
  std::string url = "http://127.0.0.1:7070";
  /// --token-file: the file with the token that is sent as "Authorization: Bearer".
  std::optional<std::string> token_file;
  /// For a connection to be made, and for a whole answer.
  Duration timeout = std::chrono::seconds(30);
};

/// The URL is none, or the token file cannot be read; the text says what is wrong.
class BadClientOption : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// There is no answer, or one that refuses. The text says what is wrong and what to do; of an
/// answer it is the `detail` of its problem (RFC 9457).
class ClientFailure : public std::runtime_error {
 public:
  ClientFailure(const std::string& text, int status) : std::runtime_error(text), status_(status) {}
  /// The status of the answer; 0 if there was none.
  int status() const noexcept { return status_; }

 private:
  int status_;
};

class Client {
 public:
  /// Connects to nothing yet. Throws BadClientOption.
  explicit Client(const ClientOptions& options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// The body of a successful answer. `path` begins with a slash and may have a query. Throws
  /// ClientFailure.
  std::string get(std::string_view path);
  /// The same for a POST of this JSON text.
  std::string post(std::string_view path, std::string_view json);

  /// Opens the WebSocket at `path` and hands over every text message until `on_message` answers
  /// false, the server says that there will be no more, or stop() is called. Calls `on_open`, if
  /// there is one, when the connection stands. Throws ClientFailure if there is no connection, or
  /// if it is lost.
  void follow(std::string_view path, const std::function<bool(std::string_view)>& on_message,
              const std::function<void()>& on_open = {});

  /// Any thread: what runs returns at once, and nothing can be asked any more.
  void stop() noexcept;

  /// The URL as it was given, for messages.
  const std::string& url() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Makes a client and lets `use` ask with it, answering its exit code. What is thrown is said on
/// standard error as "weir COMMAND: text"; the exit code is then that of wrong usage for
/// BadClientOption, and of a failure otherwise.
int with_client(std::string_view command, const ClientOptions& options,
                const std::function<int(Client&)>& use);

/// `text` with all but letters, digits and -._~ as %XX, for use in a query.
std::string percent_encode(std::string_view text);

}  // namespace weir::cli
