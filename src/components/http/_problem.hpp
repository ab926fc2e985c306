// Answers of http/listen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::components {

struct HttpReply {
  int status = 200;
  std::string_view type = "application/json";
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
};

/// RFC 9457 problem details; `packets` says how many lines were accepted all the same.
HttpReply problem(int status, std::string_view detail, std::optional<std::uint64_t> packets = {});

/// The same for what may be sent again so many seconds later.
HttpReply retry_later(int status, std::string_view detail, std::string_view seconds,
                      std::optional<std::uint64_t> packets = {});

/// As it is sent.
std::string to_bytes(const HttpReply& reply, bool head, bool http11, bool keep_alive);

}  // namespace weir::components
