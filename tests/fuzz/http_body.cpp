// The body of a request. The first byte chooses the limits and how the network cuts it, the line
// behind it what it is: "chunked", a length, or "send", for a content that a sound client sends in
// chunks.
#include <fmt/format.h>

#include <charconv>

#include "net.hpp"

namespace {

using namespace weir;
using Body = net::RequestHead::Body;

/// Nothing is checked of a body that was not taken.
struct Careless {
  bool whole = false;
  std::size_t size = 0;
  std::string content;
};

/// Reads chunks as many programs do: a size ends at what is no digit, a line at any line feed.
Careless read_carelessly(std::string_view text) {
  Careless read;
  std::string_view rest = text;
  for (;;) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    std::uint64_t size = 0;
    const auto error = std::from_chars(line.data(), line.data() + line.size(), size, 16).ec;
    if (error != std::errc() || line.size() == rest.size()) return read;
    rest.remove_prefix(line.size() + 1);
    if (size == 0) break;
    if (size > rest.size()) return read;
    read.content += rest.substr(0, size);
    rest.remove_prefix(size);
    fuzz::take_line(rest);
  }
  while (!rest.empty() && !read.whole) {
    const std::string_view line = fuzz::take_line(rest);
    read.whole = line.empty() || line == "\r";
  }
  read.size = text.size() - rest.size();
  return read;
}

std::string in_chunks(std::string_view content, fuzz::Cuts cuts) {
  std::string out;
  while (!content.empty()) {
    const std::size_t size = cuts.next(content.size());
    out += fmt::format("{:x}\r\n{}\r\n", size, content.substr(0, size));
    content.remove_prefix(size);
  }
  return out + "0\r\n\r\n";
}

struct Outcome {
  bool done = false;
  int status = 0;
  std::size_t consumed = 0;
  std::string content;
  bool operator==(const Outcome&) const = default;
};

Outcome decode(const net::RequestHead& head, const net::BodyLimits& limits, std::string_view text,
               fuzz::Cuts cuts) {
  net::BodyDecoder decoder;
  decoder.begin(head, limits);
  fuzz::BodyRead read = fuzz::read_body(decoder, text, cuts);
  fuzz::require(!decoder.done() || !decoder.refusal(), "what is refused is not done");
  fuzz::require(read.content.size() <= limits.bytes_max, "a body keeps to its limit");
  // Each chunk has a byte at least, and 16 and twice its size are free; the last line counts whole.
  const std::uint64_t most = 22 * (read.content.size() + 2) + limits.chunk_waste_max +
                             2 * (limits.chunk_line_bytes_max + 2) + limits.trailer_bytes_max +
                             limits.trailer_fields_max + 4;
  fuzz::require(read.consumed <= most, "chunks cost no more than they may");
  return {decoder.done(), decoder.refusal() ? decoder.refusal()->status : 0, read.consumed,
          std::move(read.content)};
}

/// The length that the line says; it may be any text.
std::uint64_t length_of(std::string_view line) {
  std::uint64_t length = 0;
  std::from_chars(line.data(), line.data() + line.size(), length);
  return length;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::text_of(data, size);
  if (text.empty()) return 0;
  const unsigned choice = fuzz::take_byte(text);
  const fuzz::Cuts cuts(choice >> 1U);
  const net::BodyLimits limits = (choice & 1U) != 0 ? fuzz::small_body : net::BodyLimits();
  const std::string_view kind = fuzz::take_line(text);
  net::RequestHead head;
  std::string sent;
  if (kind == "chunked" || kind == "send") {
    head.body = Body::chunked;
    sent = kind == "send" ? in_chunks(text, cuts) : text;
  } else {
    head.content_length = length_of(kind);
    head.body = head.content_length == 0 ? Body::none : Body::length;
    sent = text;
  }
  const Outcome whole = decode(head, limits, sent, fuzz::Cuts(0));
  fuzz::require(decode(head, limits, sent, cuts) == whole &&
                    decode(head, limits, sent, fuzz::Cuts(1)) == whole,
                "a body is the same, however the network cuts it");
  if (head.body != Body::chunked) {
    const std::uint64_t length = head.content_length;
    fuzz::require((whole.status == 413) == (length > limits.bytes_max) &&
                      whole.done == (whole.status == 0 && sent.size() >= length),
                  "a body has its length");
    fuzz::require(whole.status != 0 || whole.content == std::string_view(sent).substr(0, length),
                  "a content is what was sent");
    return 0;
  }
  if (kind == "send") {
    fuzz::require(whole.done == (text.size() <= limits.bytes_max), "what is sound is taken");
    fuzz::require(!whole.done || (whole.content == text && whole.consumed == sent.size()),
                  "a content is what was sent");
  }
  if (!whole.done) return 0;
  const Careless careless = read_carelessly(sent);
  fuzz::require(
      careless.whole && careless.size == whole.consumed && careless.content == whole.content,
      "a body that is taken is the same for a careless reader");
  return 0;
}
