#include "http/_template.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "core/_payload.hpp"
#include "weir/component.hpp"
#include "weir/text.hpp"

namespace weir::components {
namespace {

bool begins_name(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
}

bool is_unreserved(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

void append_percent_encoded(std::string& out, std::string_view text) {
  constexpr char digits[] = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
}

Template::Template(std::string_view source, TemplateForm usual, std::string what)
    : what_(std::move(what)) {
  std::string* text = &begin_;
  for (std::size_t at = 0; at < source.size(); ++at) {
    const char next = at + 1 < source.size() ? source[at + 1] : '\0';
    if (source[at] != '{' || !(next == '{' || begins_name(next))) {
      *text += source[at];
      continue;
    }
    if (next == '{') {
      *text += '{';
      ++at;
      continue;
    }
    const std::size_t end = source.find('}', at);
    if (end == std::string_view::npos) {
      throw std::invalid_argument(fmt::format(
          "{}: the {{ at character {} has no }}; write {{{{ for a plain {{", what_, at + 1));
    }
    std::string name(source.substr(at + 1, end - at - 1));
    TemplateForm form = usual;
    if (const std::size_t colon = name.rfind(':'); colon != std::string::npos) {
      const std::string word = name.substr(colon + 1);
      if (word != "text" && word != "url" && word != "json") {
        throw std::invalid_argument(
            fmt::format("{}: {{{}}} has no form \"{}\"; there are text, url and json. Write {{{{ "
                        "for a plain {{",
                        what_, name, word));
      }
      form = word == "text"  ? TemplateForm::text
             : word == "url" ? TemplateForm::url
                             : TemplateForm::json;
      name.resize(colon);
    }
    places_.push_back({name == "." ? FieldPath() : FieldPath(name), name, form, {}});
    text = &places_.back().after;
    at = end;
  }
}

void Template::append(std::string& out, const Packet& packet,
                      std::vector<FilledPlace>* places) const {
  out += begin_;
  if (places_.empty()) return;
  const Value payload = payload_value(packet);
  for (const Place& place : places_) {
    const std::size_t begin = out.size();
    append_value(out, place, find_value(place, packet, payload));
    if (places != nullptr) places->push_back({begin, out.size(), place.name});
    out += place.after;
  }
}

Value Template::find_value(const Place& place, const Packet& packet, const Value& payload) const {
  if (place.field.empty()) return payload;
  if (packet.kind() != PayloadKind::document) {
    throw Failure("request",
                  fmt::format("{} needs the field {}, but the packet carries {}: put json/parse "
                              "before this process, or write {{.}} for the whole payload",
                              what_, place.name, payload_name(packet)));
  }
  if (const Value* value = place.field.find(payload)) return *value;
  throw Failure("request", fmt::format("{} needs the field {}, which the packet does not have",
                                       what_, place.name));
}

void Template::append_value(std::string& out, const Place& place, const Value& value) const {
  // Any byte can be percent-encoded; all else is text.
  if (value.kind() == ValueKind::text && place.form != TemplateForm::url &&
      !is_utf8(value.as_text())) {
    throw Failure("request", fmt::format("{} takes texts, but {} is not UTF-8 (byte {})", what_,
                                         place.field.empty() ? "the payload" : place.name,
                                         utf8_prefix(value.as_text()) + 1));
  }
  if (place.form == TemplateForm::json) return append_json(out, value);
  if (value.kind() == ValueKind::null) {
    throw Failure("request", fmt::format("{} needs a value in {}, which is null", what_,
                                         place.field.empty() ? "the payload" : place.name));
  }
  if (value.kind() == ValueKind::text) {
    if (place.form == TemplateForm::url) return append_percent_encoded(out, value.as_text());
    out += value.as_text();
    return;
  }
  if (place.form == TemplateForm::text) return append_json(out, value);
  std::string json;
  append_json(json, value);
  append_percent_encoded(out, json);
}

}  // namespace weir::components
