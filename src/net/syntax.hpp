// The characters and lists of RFC 9110, for whatever reads or writes headers. Pure functions.
#pragma once

#include <string_view>

namespace weir::net {

/// True for what names of methods and headers consist of.
bool is_token(std::string_view text) noexcept;
/// True if a header can have this value: no control characters but tabs.
bool is_field_value(std::string_view text) noexcept;
/// True if the target of a request has only the characters of a URL, and those that browsers and
/// scripts send though a URL should not have them.
bool is_target(std::string_view text) noexcept;
/// The text without blanks around it.
std::string_view trim(std::string_view text) noexcept;
/// Cuts the part up to `separator`, and the separator, off the front of `text`: an element of a
/// header that is a list. Answers it without blanks around it.
std::string_view cut(std::string_view& text, char separator) noexcept;
/// True if the texts are equal but for ASCII capitals.
bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept;

}  // namespace weir::net
