// A raw HTTP client for tests: sends whatever bytes it is told to and reads answers one by one.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace weir::http {

struct Answer {
  int status = 0;
  std::string head;
  /// Names in lower case.
  std::map<std::string, std::string> headers;
  std::string body;
};

class Client {
 public:
  /// Long for the slowest machine; no test waits for it to end when all is well.
  static constexpr int patience_ms = 60'000;

  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("cannot connect");
    }
  }
  Client(Client&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  ~Client() {
    if (socket_ >= 0) ::close(socket_);
  }

  /// False once the server has closed.
  bool send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t size = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (size <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
  }

  /// Says that nothing more will be sent.
  void finish() { ::shutdown(socket_, SHUT_WR); }

  /// Reads one answer; `head` for the answer to HEAD, which has no body. Status 0: closed before
  /// one.
  Answer receive(bool head = false) {
    while (buffer_.find("\r\n\r\n") == std::string::npos) {
      if (!fill()) return {};
    }
    Answer answer;
    const std::size_t end = buffer_.find("\r\n\r\n");
    answer.head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    answer.status = std::atoi(answer.head.c_str() + std::string_view("HTTP/1.1 ").size());
    parse_headers(answer);
    const auto length = answer.headers.find("content-length");
    if (head || length == answer.headers.end()) return answer;
    const std::size_t size = std::stoul(length->second);
    while (buffer_.size() < size) {
      if (!fill()) return {};
    }
    answer.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return answer;
  }

  /// The next bytes, whatever they mean; fewer once the server has closed.
  std::string receive_bytes(std::size_t size) {
    while (buffer_.size() < size && fill()) {
    }
    std::string bytes = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return bytes;
  }

  /// Waits for the first bytes of an answer, which receive() then reads too.
  void wait_for_answer() { fill(); }

  /// True once the server has closed; what it still sends is thrown away.
  bool closed() {
    while (fill()) buffer_.clear();
    return true;
  }

 private:
  bool fill() {
    pollfd ready{socket_, POLLIN, 0};
    if (::poll(&ready, 1, patience_ms) <= 0) throw std::runtime_error("no answer");
    std::array<char, 65536> text;
    const ssize_t size = ::recv(socket_, text.data(), text.size(), 0);
    if (size <= 0) return false;
    buffer_.append(text.data(), static_cast<std::size_t>(size));
    return true;
  }

  static void parse_headers(Answer& answer) {
    std::string_view rest = answer.head;
    rest.remove_prefix(rest.find("\r\n") + 2);
    while (!rest.empty()) {
      const std::size_t end = rest.find("\r\n");
      const std::string_view line = rest.substr(0, end);
      const std::size_t colon = line.find(':');
      std::string name(line.substr(0, colon));
      for (char& c : name) c = static_cast<char>(std::tolower(c));
      answer.headers[name] = line.substr(colon + 2);
      rest.remove_prefix(end + 2);
    }
  }

  int socket_;
  std::string buffer_;
};

inline std::string get(std::string_view path, std::string_view headers = "Host: localhost\r\n") {
  return "GET " + std::string(path) + " HTTP/1.1\r\n" + std::string(headers) + "\r\n";
}

}  // namespace weir::http
