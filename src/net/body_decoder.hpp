// The body of an HTTP/1.1 request as it comes in: of a known length, or in chunks (RFC 9112, 7.1).
// Keeps nothing of it but where it stands. Used by one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "net/limits.hpp"
#include "net/refusal.hpp"
#include "net/request_head.hpp"

namespace weir::net {

class BodyDecoder {
 public:
  struct Step {
    /// Bytes of the input that are done with.
    std::size_t consumed = 0;
    /// Bytes of content that were written.
    std::size_t produced = 0;
  };

  /// Before each body. A body whose announced length is over the limit is refused here.
  void begin(const RequestHead& head, const BodyLimits& limits);

  /// Takes from `in` what it can, and writes what is content to `out`. Stops when either is used
  /// up, the body ends, or it is refused.
  Step decode(std::span<const char> in, std::span<char> out);

  /// The whole body has come.
  bool done() const noexcept { return state_ == State::done; }
  /// Why the body is not taken any further; there is no next request then.
  const std::optional<Refusal>& refusal() const noexcept { return refusal_; }

  /// So many bytes of content follow in the input just as they are; 0 if that is not known. They
  /// may go past decode() if took() is told.
  std::uint64_t plain() const noexcept { return state_ == State::content && !chunked_ ? left_ : 0; }
  void took(std::uint64_t bytes) noexcept;

 private:
  enum class State {
    size,            // hexadecimal digits
    extension,       // what follows them, up to the line end
    size_line_feed,  // of the line with the size
    content,
    content_return,
    content_line_feed,
    trailer,  // a header after the last chunk, or the empty line
    trailer_line_feed,
    done,
    refused
  };

  void take(char c);
  void take_size(char c);
  void take_extension(char c);
  void take_trailer(char c);
  void end_size_line();
  void end_trailer_line();
  void expect(char c, char wanted, State next);
  void count_line_byte();
  void refuse(int status, std::string detail);

  BodyLimits limits_;
  State state_ = State::done;
  bool chunked_ = false;
  /// Of the body or the chunk.
  std::uint64_t left_ = 0;
  std::uint64_t total_ = 0;
  unsigned digits_ = 0;
  std::size_t line_bytes_ = 0;
  std::uint64_t waste_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::size_t trailer_fields_ = 0;
  /// The line that is read has what must be first in it: a digit, a semicolon, a name.
  bool begun_ = false;
  std::optional<Refusal> refusal_;
};

}  // namespace weir::net
