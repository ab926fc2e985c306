// How documentation words the types of ports and options.
#pragma once

#include <string>
#include <string_view>

#include "weir/spec.hpp"

namespace weir::graph {

/// "any", "bytes", "document", "number".
std::string_view word(PayloadType type) noexcept;
/// "anything", "bytes", "documents", "numbers": what packets of the type carry.
std::string_view words(PayloadType type) noexcept;
/// "true or false", "list of texts", ...; "value" for one that its own text describes.
std::string_view word(OptionType type) noexcept;
/// The type as programs read it: "boolean", "text_list", ...
std::string_view identifier(OptionType type) noexcept;
/// The type of an option with what it may be: "number, 0 to 1", "one of append, replace".
std::string describe_type(const OptionSpec& option);
/// "in", or "in[0], in[1], ..." for an array port.
std::string describe_name(const PortSpec& port);

}  // namespace weir::graph
