// The answer to a request, as it becomes a packet.
#pragma once

#include <curl/curl.h>

#include <string>
#include <string_view>

#include "http/_request_options.hpp"
#include "json/_parser.hpp"
#include "weir/packet.hpp"

namespace weir::components {

/// Gathers the body of one answer after the other, up to the limit. Used by one thread at a time.
class HttpAnswer {
 public:
  /// The options must outlive it.
  explicit HttpAnswer(const RequestOptions& options) noexcept : options_(options) {}

  /// Before each answer, which the handle will have.
  void clear(CURL* easy);
  /// False if the body would become too large.
  bool append(std::string_view part);
  bool too_large() const noexcept { return too_large_; }
  /// Puts it into the packet as the options say. Throws Failure of kind `response` or `type`.
  void put_into(Packet& packet);

 private:
  std::string_view content_type() const;
  bool is_json() const;
  /// Throws Failure of kind `response` unless the body is text in UTF-8.
  void require_text() const;
  void put_document(Packet& packet);
  Value body_value(Document& document);
  void parse_body(Document& document);

  const RequestOptions& options_;
  CURL* easy_ = nullptr;
  std::string body_;
  bool too_large_ = false;
  JsonParser parser_;
};

}  // namespace weir::components
