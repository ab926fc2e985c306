#include "core/_payload.hpp"

#include <fmt/format.h>

#include <string>

#include "weir/number.hpp"
#include "weir/text.hpp"

namespace weir::components {

std::string_view payload_name(const Packet& packet) noexcept {
  switch (packet.kind()) {
    case PayloadKind::bytes: return "bytes";
    case PayloadKind::document:
      return packet.as_document().root().kind() == ValueKind::list ? "a list" : "a document";
    case PayloadKind::number: return "a number";
    case PayloadKind::object: return "an object";
    case PayloadKind::nothing: break;
  }
  return "nothing";
}

void fail_needs_fields(Packet& packet, Out& out) {
  if (packet.kind() == PayloadKind::document) {
    out.fail(std::move(packet), "type",
             "a document with fields is needed but this one is a list or a single value: fields "
             "are what JSON has in { }");
    return;
  }
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

Value parse_number(std::string_view text, std::string_view what, std::string_view name) {
  if (text.empty()) return {};
  const NumberText number = read_number(text);
  if (number.fault != NumberFault::none) {
    throw Failure("parse", fmt::format("{}{} {}", what, name, describe(number.fault)));
  }
  return number.value;
}

void require_utf8(std::string_view text, std::string_view what) {
  const std::size_t good = utf8_prefix(text);
  if (good == text.size()) return;
  throw Failure("parse", fmt::format("{} is not UTF-8 (byte {}): convert it before, or send "
                                     "it on as bytes",
                                     what, good + 1));
}

}  // namespace weir::components
