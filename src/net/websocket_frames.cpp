#include "net/websocket_frames.hpp"

#include <algorithm>

#include "weir/text.hpp"

namespace weir::net {

namespace {

constexpr std::size_t control_bytes_max = 125;
constexpr std::size_t mask_bytes = 4;

unsigned byte_of(char c) noexcept {
  return static_cast<unsigned char>(c);
}

std::uint64_t number(std::string_view bytes) noexcept {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8U | byte_of(c);
  return value;
}

/// Those that may stand in a close frame (RFC 6455, 7.4).
bool is_close_code(std::uint64_t code) noexcept {
  if (code >= 3000) return code < 5000;
  return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

}  // namespace

FrameReader::Event FrameReader::read(std::string_view& in, Clock::time_point now) {
  while (over_ == Event::none) {
    if (in_payload_) {
      const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, in.size()));
      std::string& into = is_control() ? control_ : message_;
      for (const char c : in.substr(0, size)) {
        into += static_cast<char>(
            byte_of(c) ^ byte_of(header_[header_size_ - mask_bytes + mask_at_++ % mask_bytes]));
      }
      in.remove_prefix(size);
      left_ -= size;
      if (left_ != 0) return Event::none;
      const Event event = end_frame();
      if (event != Event::none) return event;
      continue;
    }
    if (in.empty()) return Event::none;
    const char c = in.front();
    in.remove_prefix(1);
    if (!take_header(c, now)) return Event::wrong;
  }
  return over_;
}

bool FrameReader::fail(std::uint16_t code) noexcept {
  code_ = code;
  over_ = Event::wrong;
  return false;
}

bool FrameReader::take_header(char c, Clock::time_point now) {
  header_ += c;
  if (header_.size() == 2 && !judge_start()) return false;
  return header_.size() < header_size_ || judge_header(now);
}

/// The first two bytes: what the frame is, and how long its header is.
bool FrameReader::judge_start() {
  const unsigned first = byte_of(header_[0]);
  const unsigned second = byte_of(header_[1]);
  opcode_ = first & 0x0FU;
  final_ = (first & 0x80U) != 0;
  const bool known = opcode_ <= 2 || (opcode_ >= 8 && opcode_ <= 10);
  // No extension was agreed on, and what a client sends is masked.
  if ((first & 0x70U) != 0 || !known || (second & 0x80U) == 0) {
    return fail(close_code::protocol_error);
  }
  const unsigned length = second & 0x7FU;
  if (is_control() && (!final_ || length > control_bytes_max)) {
    return fail(close_code::protocol_error);
  }
  header_size_ = 2 + mask_bytes + (length == 126 ? 2 : 0) + (length == 127 ? 8 : 0);
  return true;
}

bool FrameReader::judge_header(Clock::time_point now) {
  const unsigned length = byte_of(header_[1]) & 0x7FU;
  left_ = length;
  if (length >= 126) {
    left_ = number(std::string_view(header_).substr(2, length == 126 ? 2 : 8));
    const std::uint64_t least = length == 126 ? 126 : 65536;
    if (left_ < least || left_ >> 63U != 0) return fail(close_code::protocol_error);
  }
  mask_at_ = 0;
  in_payload_ = true;
  return is_control() ? judge_control(now) : judge_data();
}

bool FrameReader::judge_control(Clock::time_point now) {
  control_.clear();
  const std::chrono::duration<double> passed = now - controls_at_;
  controls_at_ = now;
  controls_left_ = std::min<double>(bounds_.controls_burst,
                                    controls_left_ + passed.count() * bounds_.controls_per_second);
  controls_left_ -= 1;
  return controls_left_ >= 0 || fail(close_code::policy);
}

bool FrameReader::judge_data() {
  const bool continues = opcode_ == 0;
  if (continues != in_message_) return fail(close_code::protocol_error);
  if (!continues) {
    message_.clear();
    fragments_ = 0;
    is_text_ = opcode_ == 1;
    in_message_ = true;
  }
  if (++fragments_ > bounds_.fragments_max) return fail(close_code::policy);
  if (left_ > bounds_.message_bytes_max - message_.size()) return fail(close_code::too_big);
  return true;
}

FrameReader::Event FrameReader::end_frame() {
  header_.clear();
  header_size_ = 2;
  in_payload_ = false;
  if (opcode_ == 8) return end_close();
  if (opcode_ == 9) return Event::ping;
  if (opcode_ == 10) return Event::pong;
  return final_ ? end_message() : Event::none;
}

FrameReader::Event FrameReader::end_message() {
  in_message_ = false;
  std::uint16_t wrong = 0;
  if (is_text_ && !is_utf8(message_)) wrong = close_code::bad_payload;
  if (++messages_ > bounds_.messages_max) wrong = close_code::policy;
  if (wrong == 0) return Event::message;
  fail(wrong);
  return Event::wrong;
}

FrameReader::Event FrameReader::end_close() {
  over_ = Event::close;
  if (control_.empty()) return over_;
  const std::uint64_t said = control_.size() < 2 ? 0 : number({control_.data(), 2});
  if (!is_close_code(said)) {
    fail(close_code::protocol_error);
    return Event::wrong;
  }
  if (!is_utf8(std::string_view(control_).substr(2))) {
    fail(close_code::bad_payload);
    return Event::wrong;
  }
  code_ = static_cast<std::uint16_t>(said);
  return over_;
}

std::string frame_header(Opcode opcode, std::size_t size) {
  std::string header{static_cast<char>(0x80U | static_cast<unsigned>(opcode))};
  unsigned bytes = 0;
  if (size <= control_bytes_max) {
    header += static_cast<char>(size);
  } else if (size <= 0xFFFF) {
    header += static_cast<char>(126);
    bytes = 2;
  } else {
    header += static_cast<char>(127);
    bytes = 8;
  }
  while (bytes > 0)
    header += static_cast<char>(static_cast<std::uint64_t>(size) >> (8 * --bytes) & 0xFFU);
  return header;
}

std::string frame(Opcode opcode, std::string_view payload) {
  std::string result = frame_header(opcode, payload.size());
  result += payload;
  return result;
}

std::string close_frame(std::uint16_t code) {
  const char digits[] = {static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
  return frame(Opcode::close, {digits, 2});
}

}  // namespace weir::net
