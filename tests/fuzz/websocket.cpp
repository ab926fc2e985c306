// What a client sends on a WebSocket, beside a reading of RFC 6455 that has all of it at hand. The
// first byte chooses the bounds, how the network cuts the rest, and whether that is frames or what
// is to be sent as one.
#include <vector>

#include "net/websocket_frames.hpp"
#include "pieces.hpp"
#include "target.hpp"
#include "weir/text.hpp"

namespace {

using namespace weir;
using net::FrameBounds;
using net::FrameReader;
using Event = FrameReader::Event;
namespace close_code = net::close_code;

constexpr FrameBounds small_bounds{.message_bytes_max = 16,
                                   .messages_max = 3,
                                   .fragments_max = 3,
                                   .controls_burst = 3,
                                   .controls_per_second = 1};
/// The clock stands still, so that what comes at once is at once.
constexpr FrameReader::Clock::time_point now{std::chrono::hours(1)};

struct Happening {
  Event event = Event::none;
  std::string payload;
  std::uint16_t code = 0;
  bool operator==(const Happening&) const = default;
};
using Happenings = std::vector<Happening>;

std::uint64_t number(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value * 256 + static_cast<unsigned char>(c);
  return value;
}

Happening closed(std::string_view payload) {
  if (payload.empty()) return {Event::close, {}, close_code::normal};
  const std::uint64_t code = payload.size() == 1 ? 0 : number(payload.substr(0, 2));
  const bool reserved = code == 1004 || code == 1005 || code == 1006;
  if (reserved || code < 1000 || (code > 1014 && code < 3000) || code > 4999) {
    return {Event::wrong, {}, close_code::protocol_error};
  }
  if (!is_utf8(payload.substr(2))) return {Event::wrong, {}, close_code::bad_payload};
  return {Event::close, {}, static_cast<std::uint16_t>(code)};
}

/// RFC 6455, 5.2 to 5.5, and 7.4, with the bounds of a server.
class Expected {
 public:
  Expected(std::string_view in, const FrameBounds& bounds) : in_(in), bounds_(bounds) {
    while (take_frame()) {
    }
  }
  const Happenings& happenings() const noexcept { return happenings_; }

 private:
  bool wrong(std::uint16_t code) {
    happenings_.push_back({Event::wrong, {}, code});
    return false;
  }

  /// False at the end, whatever it is.
  bool take_frame() {
    if (in_.size() < 2) return false;
    const auto first = static_cast<unsigned char>(in_[0]);
    const auto second = static_cast<unsigned char>(in_[1]);
    const unsigned opcode = first % 16;
    const bool final = first >= 128;
    const bool control = opcode >= 8;
    if (first / 16 % 8 != 0 || second < 128 || (opcode > 2 && opcode < 8) || opcode > 10) {
      return wrong(close_code::protocol_error);
    }
    std::uint64_t length = second % 128;
    if (control && (!final || length > 125)) return wrong(close_code::protocol_error);
    const std::size_t more = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (in_.size() < 2 + more + 4) return false;
    if (more != 0) {
      length = number(in_.substr(2, more));
      if (length < (more == 2 ? 126U : 65536U) || length >= std::uint64_t{1} << 63U) {
        return wrong(close_code::protocol_error);
      }
    }
    const std::string_view mask = in_.substr(2 + more, 4);
    in_.remove_prefix(2 + more + 4);
    if (!(control ? judge_control() : judge_data(opcode, length))) return false;
    if (in_.size() < length) return false;
    std::string payload(in_.substr(0, length));
    in_.remove_prefix(length);
    for (std::size_t i = 0; i < payload.size(); ++i) payload[i] ^= mask[i % 4];
    return control ? end_control(opcode, payload) : end_data(payload, final);
  }

  bool judge_control() {
    return ++controls_ <= bounds_.controls_burst || wrong(close_code::policy);
  }

  bool judge_data(unsigned opcode, std::uint64_t length) {
    if ((opcode == 0) != within_) return wrong(close_code::protocol_error);
    if (opcode != 0) {
      message_.clear();
      fragments_ = 0;
      text_ = opcode == 1;
      within_ = true;
    }
    if (++fragments_ > bounds_.fragments_max) return wrong(close_code::policy);
    if (message_.size() + length > bounds_.message_bytes_max) return wrong(close_code::too_big);
    return true;
  }

  bool end_control(unsigned opcode, std::string payload) {
    if (opcode == 8) {
      happenings_.push_back(closed(payload));
      return false;
    }
    happenings_.push_back({opcode == 9 ? Event::ping : Event::pong, std::move(payload), 0});
    return true;
  }

  bool end_data(const std::string& payload, bool final) {
    message_ += payload;
    if (!final) return true;
    within_ = false;
    if (++messages_ > bounds_.messages_max) return wrong(close_code::policy);
    if (text_ && !is_utf8(message_)) return wrong(close_code::bad_payload);
    happenings_.push_back({Event::message, message_, 0});
    return true;
  }

  std::string_view in_;
  FrameBounds bounds_;
  Happenings happenings_;
  bool within_ = false;
  bool text_ = false;
  std::string message_;
  std::size_t fragments_ = 0;
  std::uint64_t messages_ = 0;
  unsigned controls_ = 0;
};

Happenings read(std::string_view text, const FrameBounds& bounds, fuzz::Cuts cuts) {
  FrameReader reader(bounds);
  Happenings happenings;
  while (!text.empty()) {
    std::string_view piece = text.substr(0, cuts.next(text.size()));
    text.remove_prefix(piece.size());
    for (;;) {
      const Event event = reader.read(piece, now);
      if (event == Event::none) break;
      const bool over = event == Event::close || event == Event::wrong;
      happenings.push_back(
          {event, over ? std::string() : reader.payload(), over ? reader.code() : std::uint16_t{}});
      fuzz::require(reader.payload().size() <= std::max<std::size_t>(bounds.message_bytes_max, 125),
                    "a payload keeps to its bound");
      if (!over) continue;
      const std::size_t left = piece.size();
      fuzz::require(reader.read(piece, now) == event && piece.size() == left,
                    "an end stays what it is, and nothing is read behind it");
      return happenings;
    }
    fuzz::require(piece.empty(), "what is no event was read");
  }
  return happenings;
}

/// As a client sends it: masked.
std::string masked(std::string frame, std::size_t payload) {
  constexpr std::string_view mask("\x01\x80\xff\x37", 4);
  const std::size_t header = frame.size() - payload;
  for (std::size_t i = 0; i < payload; ++i) frame[header + i] ^= mask[i % 4];
  frame[1] = static_cast<char>(static_cast<unsigned char>(frame[1]) | 0x80U);
  return frame.insert(header, mask);
}

/// What is sent as one frame is read as one.
void send_and_read(std::string_view payload, fuzz::Cuts cuts) {
  const FrameBounds bounds{.message_bytes_max = std::size_t{1} << 20U};
  const std::string sent = masked(net::frame(net::Opcode::binary, payload), payload.size());
  const Happenings got = read(sent, bounds, cuts);
  fuzz::require(got == Happenings{{Event::message, std::string(payload), 0}},
                "a message that is sent is read");
  const std::uint16_t code = close_code::going_away;
  fuzz::require(
      read(masked(net::close_frame(code), 2), bounds, cuts) == Happenings{{Event::close, {}, code}},
      "a close that is sent is read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::text_of(data, size);
  if (text.empty()) return 0;
  const unsigned choice = fuzz::take_byte(text);
  const fuzz::Cuts cuts(choice >> 2U);
  if ((choice & 2U) != 0) {
    std::string payload(text);
    // So long that the length takes eight bytes.
    if (choice == 0xFF) payload.resize(0x10000, '.');
    send_and_read(payload, cuts);
    return 0;
  }
  const FrameBounds bounds = (choice & 1U) != 0 ? small_bounds : FrameBounds();
  const Happenings expected = Expected(text, bounds).happenings();
  fuzz::require(read(text, bounds, fuzz::Cuts(0)) == expected, "frames are read as RFC 6455 says");
  fuzz::require(
      read(text, bounds, cuts) == expected && read(text, bounds, fuzz::Cuts(1)) == expected,
      "frames are the same, however the network cuts them");
  return 0;
}
