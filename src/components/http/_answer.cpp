#include "http/_answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "core/_payload.hpp"
#include "http/_words.hpp"
#include "weir/component.hpp"

namespace weir::components {
namespace {

constexpr std::string_view json_type = "application/json";
// Memory that one answer may leave for the next.
constexpr std::size_t kept_most = std::size_t{1} << 20;

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

bool HttpAnswer::is_json() const {
  const char* type = nullptr;
  curl_easy_getinfo(easy_, CURLINFO_CONTENT_TYPE, &type);
  if (type == nullptr) return false;
  const std::string_view text = std::string_view(type).substr(0, std::string_view(type).find(';'));
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
      if (packet.kind() != PayloadKind::document) {
        throw Failure("type", fmt::format("answer: field needs a document, but the packet carries "
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
    std::string name(header->name);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto before = std::find_if(headers.begin(), headers.end(),
                                     [&](const Field& field) { return field.name == name; });
    if (before == headers.end()) {
      headers.push_back({document->store(name), document->copy_text(header->value)});
    } else {
      before->value =
          document->copy_text(fmt::format("{}, {}", before->value.as_text(), header->value));
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
  if (!is_json()) return document.copy_text(body_);
  if (body_.empty()) return {};
  parse_body(document);
  return document.root();
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
