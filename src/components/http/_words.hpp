// Texts of HTTP, in which the case of letters does not count.
#pragma once

#include <algorithm>
#include <cctype>
#include <string_view>

namespace weir::components {

inline bool equal_letters(char left, char right) noexcept {
  return std::tolower(static_cast<unsigned char>(left)) ==
         std::tolower(static_cast<unsigned char>(right));
}

inline bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), equal_letters);
}

inline bool contains_ignoring_case(std::string_view text, std::string_view part) noexcept {
  return std::search(text.begin(), text.end(), part.begin(), part.end(), equal_letters) !=
         text.end();
}

}  // namespace weir::components
