// Options of the kinds that http/request has many of.
#pragma once

#include "weir/spec.hpp"

namespace weir::components {

inline OptionSpec flag_option(std::string_view name, std::string_view doc, std::string_view value) {
  return OptionSpec{.name = name, .type = OptionType::boolean, .doc = doc, .default_value = value};
}

inline OptionSpec time_option(std::string_view name, std::string_view doc, std::string_view value) {
  return OptionSpec{.name = name,
                    .type = OptionType::duration,
                    .doc = doc,
                    .default_value = value,
                    .min = 0.001,
                    .max = 86'400};
}

inline OptionSpec text_option(std::string_view name, std::string_view doc, bool secret = false) {
  return OptionSpec{.name = name, .type = OptionType::text, .doc = doc, .secret = secret};
}

}  // namespace weir::components
