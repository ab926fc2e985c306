// A WebSocket client for tests, frame by frame.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "client.hpp"

namespace weir::http {

struct Frame {
  static constexpr unsigned text = 1;
  static constexpr unsigned close = 8;
  static constexpr unsigned ping = 9;
  static constexpr unsigned pong = 10;

  /// 0 once the server has closed without a word.
  unsigned opcode = 0;
  std::string payload;

  /// The code of a close frame.
  unsigned code() const {
    if (payload.size() < 2) return 0;
    return static_cast<unsigned char>(payload[0]) * 256U + static_cast<unsigned char>(payload[1]);
  }
};

class WebSocketClient {
 public:
  static constexpr std::string_view handshake_headers =
      "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

  explicit WebSocketClient(std::uint16_t port) : client_(port) {}

  /// Answers the server's answer; its status is 101 if the WebSocket is open.
  Answer open(std::string_view path, std::string_view headers = handshake_headers,
              std::string_view host = "localhost") {
    client_.send(get(path, "Host: " + std::string(host) + "\r\n" + std::string(headers)));
    return client_.receive();
  }

  Frame receive() {
    const std::string head = client_.receive_bytes(2);
    if (head.size() < 2) return {};
    Frame frame;
    frame.opcode = static_cast<unsigned char>(head[0]) & 0x0FU;
    std::size_t size = static_cast<unsigned char>(head[1]) & 0x7FU;
    if (size >= 126) {
      const std::string digits = client_.receive_bytes(size == 126 ? 2 : 8);
      size = 0;
      for (const char digit : digits) size = size * 256 + static_cast<unsigned char>(digit);
    }
    frame.payload = client_.receive_bytes(size);
    return frame;
  }

  /// The next message of text; an empty one if the server closes.
  std::string message() {
    for (;;) {
      Frame frame = receive();
      if (frame.opcode == Frame::text) return frame.payload;
      if (frame.opcode == 0 || frame.opcode == Frame::close) return {};
    }
  }

  bool send(unsigned opcode, std::string_view payload) {
    std::string bytes{static_cast<char>(0x80U | opcode)};
    if (payload.size() < 126) {
      bytes += static_cast<char>(0x80U | payload.size());
    } else {
      bytes += static_cast<char>(0x80U | 126U);
      bytes += static_cast<char>(payload.size() / 256);
      bytes += static_cast<char>(payload.size() % 256);
    }
    // Masked with zeros.
    bytes.append(4, '\0');
    bytes += payload;
    return client_.send(bytes);
  }

  Client& raw() noexcept { return client_; }

 private:
  Client client_;
};

}  // namespace weir::http
