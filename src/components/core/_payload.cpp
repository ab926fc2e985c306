#include "core/_payload.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string>
#include <system_error>

namespace weir::components {

std::string_view payload_name(const Packet& packet) noexcept {
  switch (packet.kind()) {
    case PayloadKind::bytes: return "bytes";
    case PayloadKind::document: return "a document";
    case PayloadKind::number: return "a number";
    case PayloadKind::object: return "an object";
    case PayloadKind::nothing: break;
  }
  return "nothing";
}

void fail_needs_document(Packet& packet, Out& out) {
  const std::string text = fmt::format(
      "a document is needed but the packet carries {}: put json/parse, csv/parse or regex/parse "
      "before this process",
      payload_name(packet));
  out.fail(std::move(packet), "type", text);
}

void fail_needs_bytes(Packet& packet, Out& out) {
  const std::string text = fmt::format(
      "bytes are needed but the packet carries {}: connect what reads the text, or put json/format "
      "before this process",
      payload_name(packet));
  out.fail(std::move(packet), "type", text);
}

void fail_needs_text(Packet& packet, Out& out) {
  const std::string text = fmt::format(
      "the packet carries {}, which has no text: send bytes, documents or numbers to this process",
      payload_name(packet));
  out.fail(std::move(packet), "type", text);
}

std::optional<Value> parse_number(std::string_view text) noexcept {
  const char* begin = text.data();
  const char* end = begin + text.size();
  if (begin != end && *begin == '+') ++begin;
  // from_chars also knows "inf" and "nan", which are words here.
  const char* digits = begin != end && *begin == '-' ? begin + 1 : begin;
  if (digits == end || !(*digits == '.' || (*digits >= '0' && *digits <= '9'))) return {};
  std::int64_t integer = 0;
  auto read = std::from_chars(begin, end, integer);
  if (read.ec == std::errc() && read.ptr == end) return Value::integer(integer);
  std::uint64_t large = 0;
  read = std::from_chars(begin, end, large);
  if (read.ec == std::errc() && read.ptr == end) return Value::unsigned_integer(large);
  double real = 0;
  read = std::from_chars(begin, end, real);
  if (read.ec == std::errc() && read.ptr == end) return Value::real(real);
  return {};
}

}  // namespace weir::components
