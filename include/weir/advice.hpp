// Wording that messages about a graph file share: how a mistake is shown, and what was probably
// meant. Pure functions, safe to call from any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "weir/setting.hpp"
#include "weir/spec.hpp"

namespace weir {

/// The text in double quotes, control characters escaped, cut after 60 bytes: safe for a terminal.
std::string quote(std::string_view text);

/// What a setting is, for "..., not X": `the text "abc"`, `the number 5`, `a list`, `a map`,
/// `nothing`.
std::string describe(const Setting& setting);

/// The same without its text: `a text`, `a number`, `true or false`, ... For secrets.
std::string_view describe_kind(const Setting& setting) noexcept;

/// The one of `known` that `word` is probably a misspelling of (capitals and the area of an
/// area/name do not count); empty if none is near.
std::string_view closest(std::string_view word, std::span<const std::string_view> known);

/// `; did you mean "x"?` for the one of `known` that `word` is probably a misspelling of; if none
/// is near, `; possible are a, b, c` when there are few enough to list; else nothing.
std::string suggestion(std::string_view word, std::span<const std::string_view> known);

/// The least or greatest value of an option as a user would write it: "1ms", "64KiB", "5/s", "0.5".
std::string format_bound(OptionType type, double bound);

}  // namespace weir
