#include "http/_answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "core/_payload.hpp"
#include "http/_words.hpp"
#include "weir/advice.hpp"
#include "weir/component.hpp"
#include "weir/text.hpp"

namespace weir::components {
namespace {

constexpr std::string_view json_type = "application/json";
// Memory that one answer may leave for the next.
constexpr std::size_t kept_most = std::size_t{1} << 20;

/// "ISO-8859-1" of `text/plain; charset="ISO-8859-1"`; empty if it is not said.
std::string charset_of(std::string_view type) {
  constexpr std::string_view word = "charset=";
  for (std::size_t at = type.find(';'); at != type.npos; at = type.find(';', at + 1)) {
    std::string_view part = type.substr(at + 1);
    part.remove_prefix(std::min(part.find_first_not_of(" \t"), part.size()));
    if (!equal_ignoring_case(part.substr(0, word.size()), word)) continue;
    part = part.substr(word.size());
    const bool quoted = part.starts_with('"');
    if (quoted) part.remove_prefix(1);
    return std::string(part.substr(0, part.find_first_of(quoted ? "\"" : "; \t")));
  }
  return {};
}

/// False if bytes of this charset mean something else in UTF-8.
bool reads_as_utf8(std::string_view charset, std::string_view body) {
  for (const std::string_view same : {"", "utf-8", "utf8", "us-ascii", "ascii"}) {
    if (equal_ignoring_case(charset, same)) return true;
  }
  for (const std::string_view like : {"iso-8859-", "windows-125", "latin", "koi8-"}) {
    // ASCII is the same there.
    if (equal_ignoring_case(charset.substr(0, like.size()), like)) {
      return std::all_of(body.begin(), body.end(),
                         [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    }
  }
  return body.empty();
}

/// The value of a header, which is ISO-8859-1 if it is not UTF-8 (RFC 9110, 5.5); a name, which
/// should be ASCII, is taken for the same.
std::string header_text(std::string_view sent) {
  if (is_utf8(sent)) return std::string(sent);
  std::string text;
  for (const char c : sent) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xC0 | byte >> 6);
      text += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return text;
}

}  // namespace

void HttpAnswer::clear(CURL* easy) {
  easy_ = easy;
  if (body_.capacity() > kept_most) body_ = {};
  body_.clear();
  too_large_ = false;
}

bool HttpAnswer::append(std::string_view part) {
  too_large_ = body_.size() + part.size() > options_.answer_max;
  if (!too_large_) body_ += part;
  return !too_large_;
}

std::string_view HttpAnswer::content_type() const {
  const char* type = nullptr;
  curl_easy_getinfo(easy_, CURLINFO_CONTENT_TYPE, &type);
  return type == nullptr ? std::string_view() : std::string_view(type);
}

bool HttpAnswer::is_json() const {
  const std::string_view type = content_type();
  const std::string_view text = type.substr(0, type.find(';'));
  return contains_ignoring_case(text, json_type) || contains_ignoring_case(text, "+json");
}

void HttpAnswer::put_into(Packet& packet) {
  switch (options_.answer) {
    case AnswerForm::body: packet.set_bytes(Bytes::copy(body_)); return;
    case AnswerForm::document: put_document(packet); return;
    case AnswerForm::json: {
      DocumentPointer document(Document::create());
      parse_body(*document);
      packet.set_document(document.release());
      return;
    }
    case AnswerForm::field: {
      if (!has_fields(packet)) {
        throw Failure(
            "type",
            fmt::format("answer: field needs a document with fields, but the packet carries "
                        "{}: put json/parse before this process",
                        payload_name(packet)));
      }
      DocumentPointer body(Document::create());
      const Value value = body_value(*body);
      Document& document = packet.edit_document();
      document.set(options_.field, document.copy(value));
      return;
    }
  }
}

void HttpAnswer::put_document(Packet& packet) {
  DocumentPointer document(Document::create());
  const Value body = body_value(*document);
  std::vector<Field> headers;
  curl_header* header = nullptr;
  while ((header = curl_easy_nextheader(easy_, CURLH_HEADER, -1, header)) != nullptr) {
    std::string name = header_text(header->name);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto before = std::find_if(headers.begin(), headers.end(),
                                     [&](const Field& field) { return field.name == name; });
    if (before == headers.end()) {
      headers.push_back({document->store(name), document->copy_text(header_text(header->value))});
    } else {
      before->value = document->copy_text(
          fmt::format("{}, {}", before->value.as_text(), header_text(header->value)));
    }
  }
  const auto kept = document->allocate_array<Field>(headers.size());
  std::copy(headers.begin(), headers.end(), kept.begin());
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  const auto root = document->allocate_array<Field>(3);
  root[0] = {"status", Value::integer(status)};
  root[1] = {"headers", Value::map(kept)};
  root[2] = {"body", body};
  document->set_root(Value::map(root));
  packet.set_document(document.release());
}

// JSON as what it says, all else as text.
Value HttpAnswer::body_value(Document& document) {
  if (!is_json()) {
    require_text();
    return document.copy_text(body_);
  }
  if (body_.empty()) return {};
  parse_body(document);
  return document.root();
}

void HttpAnswer::require_text() const {
  const std::string charset = charset_of(content_type());
  if (!reads_as_utf8(charset, body_)) {
    throw Failure("response",
                  fmt::format("the answer is text in {} (Content-Type), and documents hold UTF-8 "
                              "alone: take its bytes with answer: body",
                              quote(charset)));
  }
  const std::size_t good = utf8_prefix(body_);
  if (good == body_.size()) return;
  throw Failure(
      "response",
      fmt::format("the answer is not UTF-8 text (byte {}; Content-Type {}): take its bytes "
                  "with answer: body",
                  good + 1, quote(content_type())));
}

void HttpAnswer::parse_body(Document& document) {
  constexpr unsigned depth_most = 128;
  Bytes bytes = Bytes::copy(body_);
  JsonParser::Error error;
  if (!parser_.parse(bytes.view(), depth_most, document, error)) {
    throw Failure("response",
                  fmt::format("the answer is not JSON: {} (byte {})", error.what, error.at + 1));
  }
  document.adopt(std::move(bytes));
}

}  // namespace weir::components
