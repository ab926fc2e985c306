#include "net/body_decoder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "net/syntax.hpp"

namespace weir::net {

namespace {

/// A line with the size of a chunk that costs no more than this is never counted as waste.
constexpr std::uint64_t line_bytes_free = 16;
/// Sixteen would overflow.
constexpr unsigned size_digits_max = 15;

int hexadecimal(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void BodyDecoder::begin(const RequestHead& head, const BodyLimits& limits) {
  *this = BodyDecoder();
  limits_ = limits;
  chunked_ = head.body == RequestHead::Body::chunked;
  if (chunked_) {
    state_ = State::size;
  } else if (head.content_length > limits.bytes_max) {
    refuse(413, fmt::format("The request's body is larger than {} bytes.", limits.bytes_max));
  } else if (head.content_length > 0) {
    left_ = head.content_length;
    state_ = State::content;
  }
}

BodyDecoder::Step BodyDecoder::decode(std::span<const char> in, std::span<char> out) {
  Step step;
  while (step.consumed < in.size() && state_ != State::done && state_ != State::refused) {
    if (state_ != State::content) {
      take(in[step.consumed++]);
      continue;
    }
    const std::size_t size = static_cast<std::size_t>(
        std::min<std::uint64_t>({left_, in.size() - step.consumed, out.size() - step.produced}));
    if (size == 0) break;
    std::memcpy(out.data() + step.produced, in.data() + step.consumed, size);
    step.consumed += size;
    step.produced += size;
    took(size);
  }
  return step;
}

void BodyDecoder::took(std::uint64_t bytes) noexcept {
  left_ -= bytes;
  if (left_ == 0) state_ = chunked_ ? State::content_return : State::done;
}

void BodyDecoder::take(char c) {
  switch (state_) {
    case State::size: return take_size(c);
    case State::extension: return take_extension(c);
    case State::size_line_feed:
      expect(c, '\n', State::content);
      if (state_ == State::content) end_size_line();
      return;
    case State::content_return: return expect(c, '\r', State::content_line_feed);
    case State::content_line_feed: return expect(c, '\n', State::size);
    case State::trailer: return take_trailer(c);
    case State::trailer_line_feed:
      expect(c, '\n', State::trailer);
      if (state_ == State::trailer) end_trailer_line();
      return;
    case State::content:
    case State::done:
    case State::refused: return;
  }
}

void BodyDecoder::take_size(char c) {
  count_line_byte();
  if (state_ == State::refused) return;
  if (const int digit = hexadecimal(c); digit >= 0) {
    left_ = left_ * 16 + static_cast<unsigned>(digit);
    if (left_ != 0 && ++digits_ > size_digits_max) refuse(413, "A chunk of the body is too large.");
    begun_ = true;
    return;
  }
  // A size without digits is none.
  if (!begun_) return refuse(400, "The size of a chunk is not a hexadecimal number.");
  if (c == '\r') {
    state_ = State::size_line_feed;
  } else if (c == ';' || c == ' ' || c == '\t') {
    state_ = State::extension;
    begun_ = c == ';';
  } else {
    refuse(400, "The size of a chunk is not a hexadecimal number.");
  }
}

void BodyDecoder::take_extension(char c) {
  count_line_byte();
  if (state_ == State::refused) return;
  const bool blank = c == ' ' || c == '\t';
  if (c == '\r' && begun_) {
    state_ = State::size_line_feed;
  } else if (c == ';') {
    begun_ = true;
  } else if (!(blank || begun_) || !is_field_value({&c, 1})) {
    refuse(400, "The line with the size of a chunk is malformed.");
  }
}

void BodyDecoder::end_size_line() {
  begun_ = false;
  digits_ = 0;
  const std::uint64_t useful = line_bytes_free + 2 * left_;
  if (line_bytes_ > useful) waste_ += line_bytes_ - useful;
  line_bytes_ = 0;
  if (waste_ > limits_.chunk_waste_max) {
    refuse(413, "The chunks of the body have long lines around little content.");
  } else if (left_ > limits_.bytes_max - total_) {
    refuse(413, fmt::format("The request's body is larger than {} bytes.", limits_.bytes_max));
  } else if (left_ == 0) {
    state_ = State::trailer;
  } else {
    total_ += left_;
  }
}

void BodyDecoder::take_trailer(char c) {
  if (++trailer_bytes_ > limits_.trailer_bytes_max) {
    return refuse(431, fmt::format("The headers after the body are larger than {} bytes.",
                                   limits_.trailer_bytes_max));
  }
  if (c == '\r' && (line_bytes_ == 0 || begun_)) {
    state_ = State::trailer_line_feed;
    return;
  }
  const bool first_colon = c == ':' && line_bytes_ > 0 && !begun_;
  ++line_bytes_;
  if (first_colon) {
    begun_ = true;
  } else if (begun_ ? !is_field_value({&c, 1}) : !is_token({&c, 1})) {
    refuse(400, "A header after the body is not \"Name: value\".");
  }
}

void BodyDecoder::end_trailer_line() {
  if (line_bytes_ == 0) {
    state_ = State::done;
  } else if (++trailer_fields_ > limits_.trailer_fields_max) {
    refuse(431, fmt::format("There are more than {} headers after the body.",
                            limits_.trailer_fields_max));
  }
  line_bytes_ = 0;
  begun_ = false;
}

void BodyDecoder::expect(char c, char wanted, State next) {
  if (c == wanted) {
    state_ = next;
  } else {
    refuse(400, "A chunk of the body, or a line around it, does not end where it should.");
  }
}

void BodyDecoder::count_line_byte() {
  if (++line_bytes_ <= limits_.chunk_line_bytes_max) return;
  refuse(413, fmt::format("A line with the size of a chunk is longer than {} bytes.",
                          limits_.chunk_line_bytes_max));
}

void BodyDecoder::refuse(int status, std::string detail) {
  state_ = State::refused;
  refusal_ = Refusal{status, std::move(detail)};
}

}  // namespace weir::net
