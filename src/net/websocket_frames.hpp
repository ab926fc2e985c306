// The frames of a WebSocket (RFC 6455) as a server reads and writes them, apart from any socket.
// Read strictly and within bounds: a client decides neither how much is kept of what it sends, nor
// how much work it makes. Used by one thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::net {

enum class Opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10
};

/// What a close frame says.
namespace close_code {
inline constexpr std::uint16_t normal = 1000;
inline constexpr std::uint16_t going_away = 1001;
inline constexpr std::uint16_t protocol_error = 1002;
inline constexpr std::uint16_t bad_payload = 1007;
inline constexpr std::uint16_t policy = 1008;
inline constexpr std::uint16_t too_big = 1009;
inline constexpr std::uint16_t internal_error = 1011;
}  // namespace close_code

struct FrameBounds {
  std::size_t message_bytes_max = 4096;
  /// In the life of the connection.
  std::uint64_t messages_max = 100;
  /// Of one message.
  std::size_t fragments_max = 64;
  /// Pings and pongs: so many at once, and as many more as seconds pass.
  unsigned controls_burst = 100;
  unsigned controls_per_second = 10;
};

class FrameReader {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Event {
    none,     // more is needed
    message,  // payload() is a whole message
    ping,     // to be answered with payload()
    pong,
    close,  // by the client; code() is what it said, or normal
    wrong   // the connection is to be closed with code()
  };

  explicit FrameReader(const FrameBounds& bounds) noexcept
      : bounds_(bounds), controls_left_(bounds.controls_burst) {}

  /// Takes bytes off the front of `in`, up to the next event. `close` and `wrong` are the last:
  /// nothing is read any more, and the answer stays the same.
  Event read(std::string_view& in, Clock::time_point now = Clock::now());
  const std::string& payload() const noexcept { return is_control() ? control_ : message_; }
  std::uint16_t code() const noexcept { return code_; }

 private:
  bool is_control() const noexcept { return (opcode_ & 8U) != 0; }
  bool take_header(char c, Clock::time_point now);
  bool judge_header(Clock::time_point now);
  bool judge_start();
  bool judge_control(Clock::time_point now);
  bool judge_data();
  Event end_frame();
  Event end_message();
  Event end_close();
  bool fail(std::uint16_t code) noexcept;

  FrameBounds bounds_;
  // The frame that is read.
  std::string header_;
  std::size_t header_size_ = 2;
  unsigned opcode_ = 0;
  bool final_ = false;
  std::uint64_t left_ = 0;
  std::size_t mask_at_ = 0;
  bool in_payload_ = false;
  // The message that is read.
  bool in_message_ = false;
  bool is_text_ = false;
  std::size_t fragments_ = 0;
  std::string message_;
  std::string control_;
  std::uint64_t messages_ = 0;
  double controls_left_;
  Clock::time_point controls_at_{};
  std::uint16_t code_ = close_code::normal;
  /// The last event, when it has come.
  Event over_ = Event::none;
};

/// The beginning of a frame that a server sends; its payload of `size` bytes follows as it is.
std::string frame_header(Opcode opcode, std::size_t size);
/// A whole frame.
std::string frame(Opcode opcode, std::string_view payload);
/// A frame that closes the connection.
std::string close_frame(std::uint16_t code);

}  // namespace weir::net
