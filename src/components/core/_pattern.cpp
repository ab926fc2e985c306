#include "core/_pattern.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "core/_payload.hpp"
#include "weir/advice.hpp"
#include "weir/text.hpp"

namespace weir::components {
namespace {

RE2::Options quiet() {
  RE2::Options options;
  options.set_log_errors(false);
  return options;
}

/// True if a pattern means the same for bytes as for characters: ASCII, without classes of Unicode.
bool suits_bytes(std::string_view pattern) {
  const bool ascii = std::all_of(pattern.begin(), pattern.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return ascii && pattern.find("\\p") == pattern.npos && pattern.find("\\P") == pattern.npos;
}

bool found(const RE2& pattern, std::string_view text) {
  const re2::StringPiece piece(text.data(), text.size());
  return pattern.Match(piece, 0, piece.size(), RE2::UNANCHORED, nullptr, 0);
}

}  // namespace

std::unique_ptr<RE2> compile_pattern(const std::string& text) {
  return std::make_unique<RE2>(text, quiet());
}

std::string pattern_fault(const RE2& pattern) {
  const std::string_view text = pattern.pattern();
  const auto has = [text](std::string_view part) { return text.find(part) != text.npos; };
  std::string advice = "; its syntax is RE2's";
  if (has("(?=") || has("(?!") || has("(?<=") || has("(?<!")) {
    advice = "; RE2 has no look-ahead and no look-behind";
  } else if (has("(?<")) {
    advice = "; in RE2 a group is named by (?P<name>...), not by (?<name>...)";
  }
  return fmt::format("the regular expression {} is not valid: {}{}", quote(text), pattern.error(),
                     advice);
}

Pattern::Pattern(const std::string& text) : pattern_(compile_pattern(text)) {
  if (!pattern_->ok() || !suits_bytes(text)) return;
  RE2::Options options = quiet();
  options.set_encoding(RE2::Options::EncodingLatin1);
  bytes_ = std::make_unique<RE2>(text, options);
  if (!bytes_->ok()) bytes_.reset();
}

Pattern::~Pattern() = default;

std::string Pattern::fault() const {
  return pattern_->ok() ? std::string() : pattern_fault(*pattern_);
}

bool Pattern::found_in(std::string_view text) const {
  return found(*pattern_, text) || (!is_utf8(text) && found_in_bytes(text));
}

bool Pattern::found_in_bytes(std::string_view text) const {
  if (bytes_ == nullptr) {
    require_utf8(text, fmt::format("{} is a pattern of characters, but the text",
                                   quote(pattern_->pattern())));
  }
  return found(*bytes_, text);
}

}  // namespace weir::components
