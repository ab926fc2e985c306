// The query of a request, decoded. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::http {

using Query = std::vector<std::pair<std::string, std::string>>;

/// "port=read.out&where=status%3E%3D500" as pairs in their order, + being a blank. Nothing if a %
/// is not followed by two hexadecimal digits.
std::optional<Query> parse_query(std::string_view text);

}  // namespace weir::http
