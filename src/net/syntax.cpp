#include "net/syntax.hpp"

#include <algorithm>
#include <array>

namespace weir::net {

namespace {

using Set = std::array<bool, 256>;

constexpr Set token_characters = [] {
  Set set{};
  for (unsigned char c = '0'; c <= '9'; ++c) set[c] = true;
  for (unsigned char c = 'a'; c <= 'z'; ++c) set[c] = true;
  for (unsigned char c = 'A'; c <= 'Z'; ++c) set[c] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
    set[static_cast<unsigned char>(c)] = true;
  return set;
}();

constexpr Set value_characters = [] {
  Set set{};
  for (unsigned c = ' '; c < 256; ++c) set[c] = c != 0x7F;
  set['\t'] = true;
  return set;
}();

constexpr Set target_characters = [] {
  Set set{};
  for (unsigned c = '!'; c < 0x7F; ++c) set[c] = c != '#';
  return set;
}();

bool consists_of(std::string_view text, const Set& set) noexcept {
  return std::ranges::all_of(text, [&](char c) { return set[static_cast<unsigned char>(c)]; });
}

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool is_token(std::string_view text) noexcept {
  return !text.empty() && consists_of(text, token_characters);
}

bool is_field_value(std::string_view text) noexcept {
  return consists_of(text, value_characters);
}

bool is_target(std::string_view text) noexcept {
  return !text.empty() && consists_of(text, target_characters);
}

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view blank = " \t";
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string_view cut(std::string_view& text, char separator) noexcept {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return trim(part);
}

bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept {
  return std::ranges::equal(left, right, {}, lower, lower);
}

}  // namespace weir::net
