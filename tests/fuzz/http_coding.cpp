// A body with a Content-Encoding. The first byte chooses the coding and whether the rest is what a
// client compresses, or what it says is compressed; the second how it is cut.
#include <zlib.h>
#include <zstd.h>

#include <memory>

#include "net/content_decoder.hpp"
#include "pieces.hpp"
#include "target.hpp"

namespace {

using namespace weir;

/// What the caller takes at most, as a server does.
constexpr std::size_t content_max = std::size_t{256} * 1024;
/// Of a window of 8 MiB, and a little.
constexpr std::size_t memory_max = std::size_t{9} * 1024 * 1024;

constexpr const char* codings[] = {"gzip", "deflate", "zstd"};

struct Outcome {
  std::string content;
  bool complete = false;
  bool wrong = false;
  bool cut_short = false;
  bool operator==(const Outcome&) const = default;
};

Outcome decode(std::string_view coding, std::string_view text, fuzz::Cuts cuts) {
  const auto decoder = net::make_content_decoder(coding);
  fuzz::require(decoder != nullptr && net::knows_coding(coding), "a coding that is named is known");
  Outcome result;
  std::string room;
  while (!text.empty() && !result.wrong && !result.cut_short) {
    std::string_view piece = text.substr(0, cuts.next(text.size()));
    text.remove_prefix(piece.size());
    for (bool more = true; more && !result.wrong && !result.cut_short;) {
      room.resize(cuts.next(content_max + 1));
      const net::ContentDecoder::Step step =
          decoder->decode({piece.data(), piece.size()}, {room.data(), room.size()});
      fuzz::require(step.consumed <= piece.size() && step.produced <= room.size(),
                    "a decoder stays within what it is given");
      result.wrong = !decoder->error().empty();
      fuzz::require(step.consumed + step.produced != 0 || piece.empty() || result.wrong,
                    "a decoder goes on");
      piece.remove_prefix(step.consumed);
      result.content.append(room, 0, step.produced);
      result.cut_short = result.content.size() > content_max;
      more = !piece.empty() || step.produced == room.size();
      fuzz::require(decoder->memory() <= memory_max, "a decoder takes no more than a window");
    }
  }
  result.complete = decoder->complete() && !result.wrong;
  if (result.cut_short) {
    result.content.resize(content_max);
    result.complete = result.wrong = false;
  }
  return result;
}

std::string deflated(std::string_view text, int window) {
  z_stream stream{};
  fuzz::require(deflateInit2(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) == Z_OK,
                "zlib starts");
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  fuzz::require(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib compresses");
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

std::string compressed(std::string_view text, unsigned coding, bool bare) {
  if (coding == 0) return deflated(text, MAX_WBITS + 16);
  if (coding == 1) return deflated(text, bare ? -MAX_WBITS : MAX_WBITS);
  std::string out(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3);
  fuzz::require(ZSTD_isError(size) == 0, "zstd compresses");
  out.resize(size);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::text_of(data, size);
  if (text.size() < 2) return 0;
  const unsigned choice = fuzz::take_byte(text);
  const fuzz::Cuts cuts(fuzz::take_byte(text));
  const unsigned coding = choice % 3;
  if ((choice & 16U) != 0) {
    // Twice: gzip and zstd may consist of several streams.
    std::string sent = compressed(text, coding, (choice & 32U) != 0);
    std::string content(text);
    if (coding != 1 && (choice & 32U) != 0) {
      sent += sent;
      content += content;
    }
    const Outcome read = decode(codings[coding], sent, cuts);
    fuzz::require(read.complete && read.content == content, "what was compressed comes out");
    return 0;
  }
  const Outcome whole = decode(codings[coding], text, fuzz::Cuts(0));
  const Outcome cut = decode(codings[coding], text, cuts);
  if (coding != 2) {
    fuzz::require(cut == whole, "a body is the same, however the network cuts it");
    return 0;
  }
  // zstd decodes a frame that it has whole in one go: without the window, whose size then does not
  // matter, and without the content before a fault.
  fuzz::require(!cut.complete || !whole.complete || cut == whole,
                "a body is the same, however the network cuts it");
  fuzz::require(!whole.wrong || !cut.complete, "a body that is malformed is so in pieces");
  return 0;
}
