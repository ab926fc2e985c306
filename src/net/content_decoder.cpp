#include "net/content_decoder.hpp"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>
#include <new>

#include "net/syntax.hpp"

namespace weir::net {

namespace {

/// The largest window that a sender may rely on (RFC 9659).
constexpr int zstd_window_log_max = 23;
/// zlib's state and its window of 32 KiB, as its manual says.
constexpr std::size_t zlib_bytes = 48 * 1024;

bool is_gzip(std::string_view coding) noexcept {
  return equal_ignoring_case(coding, "gzip") || equal_ignoring_case(coding, "x-gzip");
}

uInt as_uint(std::size_t size) noexcept {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

class Zlib final : public ContentDecoder {
 public:
  explicit Zlib(bool gzip) : gzip_(gzip) {}
  ~Zlib() override {
    if (begun_) inflateEnd(&stream_);
  }

  Step decode(std::span<const char> in, std::span<char> out) override {
    Step step;
    while (error_.empty() && step.produced < out.size()) {
      const auto rest = in.subspan(step.consumed);
      if (ended_ || !begun_) {
        if (rest.empty()) break;
        begin(static_cast<unsigned char>(rest.front()));
        if (!error_.empty()) break;
      }
      // zlib's older interface does not say that it only reads.
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest.data()));
      stream_.avail_in = as_uint(rest.size());
      const uInt given = stream_.avail_in;
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + step.produced);
      stream_.avail_out = as_uint(out.size() - step.produced);
      const uInt room = stream_.avail_out;
      const int result = inflate(&stream_, Z_NO_FLUSH);
      step.consumed += given - stream_.avail_in;
      step.produced += room - stream_.avail_out;
      if (result == Z_STREAM_END) {
        ended_ = true;
      } else if (result == Z_BUF_ERROR || (result == Z_OK && stream_.avail_in == 0)) {
        if (stream_.avail_out != 0) break;
      } else if (result == Z_MEM_ERROR) {
        throw std::bad_alloc();
      } else if (result != Z_OK) {
        error_ = gzip_ ? "is not valid gzip" : "is not valid deflate";
      }
    }
    return step;
  }

  bool complete() const noexcept override { return ended_ || !begun_; }
  std::size_t memory() const noexcept override { return zlib_bytes; }

 private:
  /// A stream, or the next one: gzip may consist of several.
  void begin(unsigned char first) {
    if (ended_) {
      if (!gzip_) error_ = "goes on after its end";
      inflateReset(&stream_);
      ended_ = false;
      return;
    }
    // Some send deflate without the header of zlib that belongs to it.
    const bool with_header = (first & 0x0FU) == Z_DEFLATED && first >> 4U <= 7;
    const int window = gzip_ ? MAX_WBITS + 16 : with_header ? MAX_WBITS : -MAX_WBITS;
    if (inflateInit2(&stream_, window) != Z_OK) throw std::bad_alloc();
    begun_ = true;
  }

  bool gzip_;
  z_stream stream_{};
  bool begun_ = false;
  bool ended_ = false;
};

class Zstd final : public ContentDecoder {
 public:
  Zstd() : stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, zstd_window_log_max);
  }

  Step decode(std::span<const char> in, std::span<char> out) override {
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    while (error_.empty() && output.pos < output.size && (input.pos < input.size || more_)) {
      const std::size_t before = output.pos;
      const std::size_t result = ZSTD_decompressStream(stream_.get(), &output, &input);
      if (ZSTD_isError(result) != 0) {
        error_ = std::string("is not valid zstd, or needs a window of more than 8 MiB (") +
                 ZSTD_getErrorName(result) + ")";
        break;
      }
      complete_ = result == 0;
      // A full output may hide more.
      more_ = output.pos == output.size && !complete_;
      if (output.pos == before && input.pos == input.size) break;
    }
    return {input.pos, output.pos};
  }

  bool complete() const noexcept override { return complete_; }
  std::size_t memory() const noexcept override { return ZSTD_sizeof_DStream(stream_.get()); }

 private:
  struct Free {
    void operator()(ZSTD_DStream* stream) const noexcept { ZSTD_freeDStream(stream); }
  };
  std::unique_ptr<ZSTD_DStream, Free> stream_;
  bool complete_ = true;
  bool more_ = false;
};

}  // namespace

std::unique_ptr<ContentDecoder> make_content_decoder(std::string_view coding) {
  if (is_gzip(coding)) return std::make_unique<Zlib>(true);
  if (equal_ignoring_case(coding, "deflate")) return std::make_unique<Zlib>(false);
  if (equal_ignoring_case(coding, "zstd")) return std::make_unique<Zstd>();
  return nullptr;
}

bool knows_coding(std::string_view coding) noexcept {
  return is_gzip(coding) || equal_ignoring_case(coding, "deflate") ||
         equal_ignoring_case(coding, "zstd");
}

bool is_identity(std::string_view coding) noexcept {
  return coding.empty() || equal_ignoring_case(coding, "identity");
}

}  // namespace weir::net
