// Answers as bytes. Pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace weir::net {

/// The standard phrase of a status that weir uses; "Error" for others.
std::string_view reason_phrase(int status) noexcept;

struct ResponseForm {
  int status = 200;
  std::string_view content_type = "application/json";
  std::string_view body;
  std::span<const std::pair<std::string, std::string>> headers = {};
  /// Answers HEAD: the headers that GET would get, without the body.
  bool head = false;
  /// What the client speaks.
  bool http11 = true;
  bool keep_alive = true;
};

/// The answer as it is sent.
std::string to_bytes(const ResponseForm& form);

/// What a client that waits for it is sent before its body is read.
inline constexpr std::string_view continue_bytes = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace weir::net
