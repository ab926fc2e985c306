// The request line and headers of an HTTP/1.1 request, read as strictly as RFC 9110 and 9112 allow:
// what two programs in a row could understand in two ways is refused, since that is how requests
// are smuggled. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "net/limits.hpp"
#include "net/refusal.hpp"

namespace weir::net {

/// The texts are parts of the text that was read.
struct RequestHead {
  enum class Body { none, length, chunked };

  std::string_view method;
  /// The path without the query, as sent: nothing is decoded. "*" for OPTIONS *.
  std::string_view path;
  /// What follows the question mark.
  std::string_view query;
  /// Of a target that is an absolute URL; it overrules the Host header.
  std::string_view authority;
  /// HTTP/1.1, else 1.0.
  bool http11 = true;
  std::vector<std::pair<std::string_view, std::string_view>> fields;

  Body body = Body::none;
  /// Of a body whose length is announced.
  std::uint64_t content_length = 0;
  /// The client wants the connection to stay open.
  bool keep_alive = true;
  /// The client waits for "100 Continue" before it sends the body.
  bool expects_continue = false;

  /// The first header of this name (any capitals), or nullptr.
  const std::string_view* field(std::string_view name) const noexcept;
  std::size_t count(std::string_view name) const noexcept;
  /// What the request is for, by which Host and Origin are judged: the authority of an absolute
  /// target, else the Host; empty if HTTP/1.0 names neither.
  std::string_view host() const noexcept;
};

/// Reads a whole head, with the empty line at its end, into `head`. Answers why it is refused;
/// `head` then has what was read before, such as the method.
std::optional<Refusal> read_head(std::string_view text, const HeadLimits& limits,
                                 RequestHead& head);

/// Finds the end of a head while it comes in, and what is wrong with it before its end: nothing is
/// waited for, or kept, that would be refused anyway.
class HeadScanner {
 public:
  explicit HeadScanner(const HeadLimits& limits) noexcept : limits_(limits) {}

  /// Before each head.
  void restart() noexcept { *this = HeadScanner(limits_); }
  /// Looks at all that has come of the head so far: the same text as before, and more. Answers why
  /// it is refused.
  std::optional<Refusal> scan(std::string_view text);
  /// Bytes of the head with its empty line, when it is all there; else 0.
  std::size_t size() const noexcept { return size_; }
  /// Bytes of empty lines before the head.
  std::size_t skipped() const noexcept { return skipped_; }

 private:
  std::optional<Refusal> end_line(std::string_view text, std::size_t end);
  std::optional<Refusal> check_partial(std::string_view text) const;

  HeadLimits limits_;
  std::size_t scanned_ = 0;
  std::size_t line_ = 0;  // where the line that is read begins
  std::size_t lines_ = 0;
  std::size_t skipped_ = 0;
  std::size_t empty_lines_ = 0;
  std::size_t size_ = 0;
};

}  // namespace weir::net
