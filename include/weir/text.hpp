// How payloads look as text: what file/write, stdout/write, core/print and json/format write.
#pragma once

#include <string>
#include <string_view>

#include "weir/packet.hpp"

namespace weir {

/// Appends compact JSON (RFC 8259). Reals are the shortest text that reads back the same;
/// infinities and not-a-number, which JSON lacks, become null. Bytes that are not UTF-8 become
/// U+FFFD.
void append_json(std::string& out, const Value& value);
/// Appends `text` as a quoted JSON string.
void append_json_text(std::string& out, std::string_view text);
/// Appends the payload: bytes as they are, documents as compact JSON, numbers in decimal; nothing
/// for payloads without a text.
void append_payload(std::string& out, const Packet& packet);

/// True if `text` is well-formed UTF-8 (RFC 3629).
bool is_utf8(std::string_view text) noexcept;
/// Base64 with padding (RFC 4648).
std::string base64(std::string_view bytes);

}  // namespace weir
