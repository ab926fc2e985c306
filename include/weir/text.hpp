// How payloads look as text: what file/write, stdout/write, core/print and json/format write.
#pragma once

#include <string>
#include <string_view>

#include "weir/packet.hpp"

namespace weir {

/// Appends compact JSON (RFC 8259). Reals are the shortest text that reads back as the same real:
/// with a point or an exponent, so that none becomes an integer. Infinities and not-a-number, which
/// JSON lacks, become null. Bytes that are not UTF-8, which no text of a document has
/// (docs/text.md), become U+FFFD.
void append_json(std::string& out, const Value& value);
/// Appends `text` as a quoted JSON string.
void append_json_text(std::string& out, std::string_view text);
/// Appends the payload: bytes as they are, documents as compact JSON, numbers in decimal; nothing
/// for payloads without a text.
void append_payload(std::string& out, const Packet& packet);

/// How many bytes at the front of `text` are well-formed UTF-8 (RFC 3629): all of them, or those
/// before the first that is not.
std::size_t utf8_prefix(std::string_view text) noexcept;
inline bool is_utf8(std::string_view text) noexcept {
  return utf8_prefix(text) == text.size();
}
/// Base64 with padding (RFC 4648).
std::string base64(std::string_view bytes);

}  // namespace weir
