#include "weir/text.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "packet/utf8.hpp"

namespace weir {
namespace {

// What a byte of a JSON string needs: 0 nothing, 1 an escape, 2 a look at its UTF-8 sequence.
constexpr std::array<unsigned char, 256> json_care = [] {
  std::array<unsigned char, 256> care{};
  for (int byte = 0; byte < 0x20; ++byte) care[static_cast<std::size_t>(byte)] = 1;
  care['"'] = 1;
  care['\\'] = 1;
  care[0x7f] = 1;
  for (std::size_t byte = 0x80; byte < 0x100; ++byte) care[byte] = 2;
  return care;
}();

/// True if one of the eight bytes needs care; now and then also if none does, next to one that
/// does.
bool any_needs_care(std::uint64_t bytes) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t tops = 0x8080808080808080;
  const auto zeros = [](std::uint64_t word) { return (word - ones) & ~word & tops; };
  const std::uint64_t controls = (bytes - 0x20 * ones) & ~bytes & tops;
  return (controls | (bytes & tops) | zeros(bytes ^ ('"' * ones)) | zeros(bytes ^ ('\\' * ones)) |
          zeros(bytes ^ (0x7f * ones))) != 0;
}

/// Length of the part at the front in which no byte needs care.
std::size_t plain_prefix(std::string_view text) {
  std::size_t i = 0;
  for (std::uint64_t bytes; i + sizeof bytes <= text.size(); i += sizeof bytes) {
    std::memcpy(&bytes, text.data() + i, sizeof bytes);
    if (any_needs_care(bytes)) break;
  }
  while (i < text.size() && json_care[static_cast<unsigned char>(text[i])] == 0) ++i;
  return i;
}

void append_escape(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    default: fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
  }
}

template <class Number>
void append_number(std::string& out, Number value) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  static_cast<void>(error);
  out.append(text, end);
}

void append_real(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  // The shortest digits that read back the same, with an exponent only where people would write
  // one.
  const double magnitude = std::abs(value);
  const bool plain = value == 0 || (magnitude >= 1e-4 && magnitude < 1e17);
  char text[40];
  const auto [end, error] =
      std::to_chars(text, text + sizeof text, value,
                    plain ? std::chars_format::fixed : std::chars_format::scientific);
  static_cast<void>(error);
  out.append(text, end);
  // 1 would be read as an integer again.
  if (plain && std::memchr(text, '.', static_cast<std::size_t>(end - text)) == nullptr) out += ".0";
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  std::size_t start = 0;
  std::size_t i = plain_prefix(text);
  while (i < text.size()) {
    const unsigned char care = json_care[static_cast<unsigned char>(text[i])];
    if (care == 2) {
      if (const unsigned length = utf8::sequence_length(text.substr(i)); length != 0) {
        i += length;
        i += plain_prefix(text.substr(i));
        continue;
      }
    }
    out.append(text, start, i - start);
    if (care == 2) {
      out += "\xEF\xBF\xBD";
    } else {
      append_escape(out, text[i]);
    }
    start = ++i;
    i += plain_prefix(text.substr(i));
  }
  out.append(text, start, i - start);
  out += '"';
}

void append_json(std::string& out, const Value& value) {
  switch (value.kind()) {
    case ValueKind::null: out += "null"; return;
    case ValueKind::boolean: out += value.as_boolean() ? "true" : "false"; return;
    case ValueKind::integer: append_number(out, value.as_integer()); return;
    case ValueKind::unsigned_integer: append_number(out, value.as_unsigned()); return;
    case ValueKind::real: append_real(out, value.as_real()); return;
    case ValueKind::text: append_json_text(out, value.as_text()); return;
    case ValueKind::list: {
      char separator = '[';
      for (const Value& item : value.items()) {
        out += separator;
        append_json(out, item);
        separator = ',';
      }
      out += separator == '[' ? "[]" : "]";
      return;
    }
    case ValueKind::map: {
      char separator = '{';
      for (const Field& field : value.fields()) {
        out += separator;
        append_json_text(out, field.name);
        out += ':';
        append_json(out, field.value);
        separator = ',';
      }
      out += separator == '{' ? "{}" : "}";
      return;
    }
  }
}

void append_payload(std::string& out, const Packet& packet) {
  switch (packet.kind()) {
    case PayloadKind::bytes: out += packet.as_bytes(); return;
    case PayloadKind::document: append_json(out, packet.as_document().root()); return;
    case PayloadKind::number:
      if (packet.is_real()) {
        append_real(out, packet.as_real());
      } else {
        append_number(out, packet.as_integer());
      }
      return;
    case PayloadKind::object:
    case PayloadKind::nothing: return;
  }
}

std::size_t utf8_prefix(std::string_view text) noexcept {
  std::size_t i = 0;
  while (i < text.size()) {
    std::uint64_t bytes = 0;
    if (i + sizeof bytes <= text.size()) {
      std::memcpy(&bytes, text.data() + i, sizeof bytes);
      if ((bytes & 0x8080808080808080) == 0) {
        i += sizeof bytes;
        continue;
      }
    }
    const unsigned length = utf8::sequence_length(text.substr(i));
    if (length == 0) return i;
    i += length;
  }
  return text.size();
}

std::string base64(std::string_view bytes) {
  static constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < left ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    out += alphabet[group >> 18 & 63];
    out += alphabet[group >> 12 & 63];
    out += left > 1 ? alphabet[group >> 6 & 63] : '=';
    out += left > 2 ? alphabet[group & 63] : '=';
  }
  return out;
}

}  // namespace weir
