#include <fmt/format.h>

#include <algorithm>

#include "net/request_head.hpp"
#include "net/syntax.hpp"

namespace weir::net {

namespace {

Refusal line_too_long(const HeadLimits& limits) {
  return {414, fmt::format("The request line is longer than {} bytes.", limits.line_bytes_max)};
}

}  // namespace

std::optional<Refusal> HeadScanner::scan(std::string_view text) {
  while (size_ == 0) {
    const std::size_t end = std::min(text.find('\n', scanned_), text.size());
    // Also of a line that is whole: what is wrong first is what is said, however the text comes in.
    if (auto refusal = check_partial(text.substr(0, end))) return refusal;
    scanned_ = end;
    if (end == text.size()) break;
    ++scanned_;
    if (auto refusal = end_line(text, end)) return refusal;
  }
  return {};
}

std::optional<Refusal> HeadScanner::end_line(std::string_view text, std::size_t end) {
  if (end == line_ || text[end - 1] != '\r') {
    return Refusal{400, "A line of the request ends in a line feed without a carriage return."};
  }
  const bool empty = end - line_ == 1;
  if (empty && lines_ == 0) {
    if (++empty_lines_ > limits_.empty_lines_max) {
      return Refusal{400, "There are too many empty lines before the request."};
    }
    line_ = skipped_ = end + 1;
    return {};
  }
  line_ = end + 1;
  if (line_ - skipped_ > limits_.bytes_max) return check_partial(text.substr(0, line_));
  if (empty) {
    size_ = line_ - skipped_;
  } else if (lines_++ > limits_.fields_max) {
    return Refusal{431, fmt::format("The request has more than {} headers.", limits_.fields_max)};
  }
  return {};
}

std::optional<Refusal> HeadScanner::check_partial(std::string_view text) const {
  // What is no HTTP at all, such as TLS, may never send a line end.
  const std::string_view begin = text.substr(skipped_, 1);
  if (lines_ == 0 && !begin.empty() && begin != "\r" && !is_token(begin)) {
    return Refusal{400, "This is not HTTP/1.1; if it is TLS, put a proxy in front."};
  }
  if (lines_ == 0 && text.size() - line_ > limits_.line_bytes_max) return line_too_long(limits_);
  if (text.size() - skipped_ > limits_.bytes_max) {
    return Refusal{
        431, fmt::format("The request's headers are larger than {} bytes.", limits_.bytes_max)};
  }
  return {};
}

}  // namespace weir::net
