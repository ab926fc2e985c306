// What components of all areas need to know about payloads: words for messages, payloads as
// values, numbers in text.
#pragma once

#include <memory>
#include <string_view>

#include "weir/component.hpp"
#include "weir/document.hpp"
#include "weir/packet.hpp"

namespace weir::components {

struct ReleaseDocument {
  void operator()(Document* document) const noexcept { document->release(); }
};
/// A document outside a packet: what a component keeps its own values in.
using DocumentPointer = std::unique_ptr<Document, ReleaseDocument>;

/// What the packet carries, in words for a message: "bytes", "a document", ...
std::string_view payload_name(const Packet& packet) noexcept;

/// True for payloads that can be written as text.
inline bool has_text(const Packet& packet) noexcept {
  return packet.kind() != PayloadKind::object && packet.kind() != PayloadKind::nothing;
}

/// The payload as a value: a document's root, a number, bytes as text; null for all else. Valid as
/// long as the payload.
inline Value payload_value(const Packet& packet) noexcept {
  switch (packet.kind()) {
    case PayloadKind::bytes: return Value::text(packet.as_bytes());
    case PayloadKind::document: return packet.as_document().root();
    case PayloadKind::number:
      return packet.is_real() ? Value::real(packet.as_real()) : Value::integer(packet.as_integer());
    case PayloadKind::object:
    case PayloadKind::nothing: break;
  }
  return {};
}

/// True for a document whose root is a map: a list or a single value has no fields to look at or to
/// set.
inline bool has_fields(const Packet& packet) noexcept {
  return packet.kind() == PayloadKind::document &&
         packet.as_document().root().kind() == ValueKind::map;
}

/// Fails a packet that has no fields with kind `type`.
void fail_needs_fields(Packet& packet, Out& out);
/// Fails the packet with kind `type`, for components that work on bytes.
void fail_needs_bytes(Packet& packet, Out& out);
/// Fails the packet with kind `type`, for components that write text.
void fail_needs_text(Packet& packet, Out& out);

/// The number that all of `text` spells in decimal (weir/number.hpp), null for an empty one. Throws
/// Failure of kind `parse`, which begins with `what` and `name`: "the value of column ", "a".
Value parse_number(std::string_view text, std::string_view what, std::string_view name);

/// Throws Failure of kind `parse` unless the text is UTF-8: what makes texts of bytes asks this, so
/// that every text in a document is UTF-8 (docs/text.md). `what` begins the message: "the line".
void require_utf8(std::string_view text, std::string_view what);

}  // namespace weir::components
