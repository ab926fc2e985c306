// How large each part of an HTTP message may become, and how long a client may take for it. One set
// of bounds for every server of the program: no part is without one, so that no client decides how
// much memory or time it is given.
#pragma once

#include <cstddef>
#include <cstdint>

#include "weir/units.hpp"

namespace weir::net {

struct HeadLimits {
  /// The request line: method, target and version.
  std::size_t line_bytes_max = 8 * 1024;
  /// The request line and all headers together.
  std::size_t bytes_max = 16 * 1024;
  std::size_t fields_max = 100;
  /// Empty lines before a request (RFC 9112, 2.2 wants one to be passed over).
  std::size_t empty_lines_max = 8;
};

struct BodyLimits {
  /// Of the content, without what chunks add to it.
  std::uint64_t bytes_max = 1024 * 1024;
  /// A line with the size of a chunk, and what the client says beside it.
  std::size_t chunk_line_bytes_max = 256;
  /// What chunks may add to the content beyond twice its size and 16 bytes for each: long lines
  /// before little content cost more than they bring.
  std::uint64_t chunk_waste_max = 16 * 1024;
  /// The headers after the last chunk.
  std::size_t trailer_bytes_max = 4 * 1024;
  std::size_t trailer_fields_max = 32;
};

/// What a client may take. Zero means no limit.
struct TimeLimits {
  /// Between requests, and before the first.
  Duration idle = std::chrono::seconds(60);
  /// From the first byte of a request to the end of its headers.
  Duration head = std::chrono::seconds(10);
  /// From the first byte of a request to its last.
  Duration request{};
  /// Without a byte of a body.
  Duration body_pause{};
  /// Of a body, in bytes a second. The time that the client was waited for may in all be
  /// `body_pause`, and a second for each so many bytes.
  std::uint64_t body_rate_min = 0;
  /// For the client to take a whole answer.
  Duration write = std::chrono::seconds(30);
};

}  // namespace weir::net
