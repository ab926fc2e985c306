#include "runtime/tap_json.hpp"

#include <algorithm>
#include <string_view>

#include "weir/text.hpp"

namespace weir::runtime {
namespace {

constexpr unsigned depth_max = 100;

/// The end of `text` up to which it has at most `most` bytes and ends with a whole UTF-8 character.
std::string_view cut_text(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most;
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
  while (end > 0 && most - end < 3 && continues(text[end])) --end;
  return text.substr(0, continues(text[end]) ? most : end);
}

class Writer {
 public:
  explicit Writer(std::size_t bytes_max) : end_(bytes_max) {}

  std::string& out() noexcept { return out_; }
  bool truncated() const noexcept { return truncated_; }

  void text(std::string_view whole) {
    const std::string_view part = cut_text(whole, left());
    if (part.size() < whole.size()) truncated_ = true;
    append_json_text(out_, part);
  }

  void value(const Value& value, unsigned depth = 0) {
    switch (value.kind()) {
      case ValueKind::text: return text(value.as_text());
      case ValueKind::list: return list(value, depth);
      case ValueKind::map: return map(value, depth);
      default: append_json(out_, value);
    }
  }

  void bytes(std::string_view whole) {
    // A character that is cut in two must not make a text look as if it were none.
    if (const std::string_view part = cut_text(whole, left()); is_utf8(part)) {
      out_ += "\"packet\":";
      return text(whole);
    }
    const std::string_view part = whole.substr(0, left());
    if (part.size() < whole.size()) truncated_ = true;
    out_ += "\"packet_base64\":\"" + base64(part) + '"';
  }

  /// They get some room of their own, so that a large payload does not hide them.
  void attributes(const Packet& packet) {
    end_ = out_.size() + end_ / 4;
    out_ += ",\"attributes\":{";
    const char* separator = "";
    for (std::size_t i = 0; i < packet.attribute_count() && goes_on(); ++i) {
      const auto [name, content] = packet.attribute_at(i);
      out_ += separator;
      separator = ",";
      text(name);
      out_ += ':';
      text(content);
    }
    out_ += '}';
  }

 private:
  std::size_t left() const noexcept { return end_ > out_.size() ? end_ - out_.size() : 0; }
  bool goes_on() noexcept {
    if (left() != 0) return true;
    truncated_ = true;
    return false;
  }

  void list(const Value& value, unsigned depth) {
    out_ += '[';
    const char* separator = "";
    for (const Value& item : value.items()) {
      if (depth == depth_max) truncated_ = true;
      if (depth == depth_max || !goes_on()) break;
      out_ += separator;
      separator = ",";
      this->value(item, depth + 1);
    }
    out_ += ']';
  }

  void map(const Value& value, unsigned depth) {
    out_ += '{';
    const char* separator = "";
    for (const Field& field : value.fields()) {
      if (depth == depth_max) truncated_ = true;
      if (depth == depth_max || !goes_on()) break;
      out_ += separator;
      separator = ",";
      text(field.name);
      out_ += ':';
      this->value(field.value, depth + 1);
    }
    out_ += '}';
  }

  std::string out_;
  std::size_t end_;
  bool truncated_ = false;
};

}  // namespace

std::string packet_members(const Packet& packet, std::size_t bytes_max) {
  Writer writer(bytes_max);
  std::string& out = writer.out();
  switch (packet.kind()) {
    case PayloadKind::bytes: writer.bytes(packet.as_bytes()); break;
    case PayloadKind::document:
      out += "\"packet\":";
      writer.value(packet.as_document().root());
      break;
    case PayloadKind::number:
      out += "\"packet\":";
      append_json(out, packet.is_real() ? Value::real(packet.as_real())
                                        : Value::integer(packet.as_integer()));
      break;
    case PayloadKind::nothing: out += "\"packet\":null"; break;
    case PayloadKind::object: out += "\"packet\":null,\"type\":\"object\""; break;
  }
  writer.attributes(packet);
  if (packet.bracket() == Bracket::open) out += ",\"bracket\":\"open\"";
  if (packet.bracket() == Bracket::close) out += ",\"bracket\":\"close\"";
  if (writer.truncated()) out += ",\"truncated\":true";
  return std::move(out);
}

}  // namespace weir::runtime
