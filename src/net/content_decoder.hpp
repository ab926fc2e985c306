// Content-Encoding (RFC 9110, 8.4): bodies that clients compress, read as they come in and never
// held whole. What comes out of it is the caller's to bound: a kilobyte may become a gigabyte.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace weir::net {

/// What Accept-Encoding says.
inline constexpr std::string_view content_codings = "gzip, deflate, zstd";

/// Used by one thread at a time.
class ContentDecoder {
 public:
  struct Step {
    std::size_t consumed = 0;
    std::size_t produced = 0;
  };

  virtual ~ContentDecoder() = default;
  /// Takes from `in` what it can and writes what comes out to `out`. If `out` was filled there may
  /// be more, even without input. Stops at what is malformed.
  virtual Step decode(std::span<const char> in, std::span<char> out) = 0;
  /// The input may end here.
  virtual bool complete() const noexcept = 0;
  /// Bytes that it takes at the moment: with zstd, clients choose how many, up to 8 MiB and a
  /// little.
  virtual std::size_t memory() const noexcept = 0;
  /// What is malformed, as in "is not valid gzip"; empty while nothing is.
  const std::string& error() const noexcept { return error_; }

 protected:
  std::string error_;
};

/// For the value of a Content-Encoding header. Null if it is not one of content_codings, or several
/// of them. Throws std::bad_alloc.
std::unique_ptr<ContentDecoder> make_content_decoder(std::string_view coding);

/// True if make_content_decoder() has one.
bool knows_coding(std::string_view coding) noexcept;

/// True if the value stands for a body that is as it is.
bool is_identity(std::string_view coding) noexcept;

}  // namespace weir::net
