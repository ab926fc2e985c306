#include "graph/option_words.hpp"

#include <fmt/format.h>

#include "weir/advice.hpp"

namespace weir::graph {

std::string_view word(PayloadType type) noexcept {
  switch (type) {
    case PayloadType::any: return "any";
    case PayloadType::bytes: return "bytes";
    case PayloadType::document: return "document";
    case PayloadType::number: return "number";
  }
  return {};
}

std::string_view words(PayloadType type) noexcept {
  switch (type) {
    case PayloadType::any: return "anything";
    case PayloadType::bytes: return "bytes";
    case PayloadType::document: return "documents";
    case PayloadType::number: return "numbers";
  }
  return {};
}

std::string_view word(OptionType type) noexcept {
  switch (type) {
    case OptionType::boolean: return "true or false";
    case OptionType::integer: return "whole number";
    case OptionType::number: return "number";
    case OptionType::text: return "text";
    case OptionType::duration: return "duration";
    case OptionType::size: return "size";
    case OptionType::rate: return "rate";
    case OptionType::word: return "word";
    case OptionType::text_list: return "list of texts";
    case OptionType::text_map: return "map of texts";
    case OptionType::value_map: return "map of values";
    case OptionType::resource: return "name of a resource";
    case OptionType::any: return "value";
  }
  return {};
}

std::string_view identifier(OptionType type) noexcept {
  switch (type) {
    case OptionType::boolean: return "boolean";
    case OptionType::integer: return "integer";
    case OptionType::number: return "number";
    case OptionType::text: return "text";
    case OptionType::duration: return "duration";
    case OptionType::size: return "size";
    case OptionType::rate: return "rate";
    case OptionType::word: return "word";
    case OptionType::text_list: return "text_list";
    case OptionType::text_map: return "text_map";
    case OptionType::value_map: return "value_map";
    case OptionType::resource: return "resource";
    case OptionType::any: return "any";
  }
  return {};
}

std::string describe_type(const OptionSpec& option) {
  if (option.type == OptionType::word) {
    return fmt::format("one of {}", fmt::join(option.words, ", "));
  }
  if (option.type == OptionType::resource) {
    return fmt::format("name of a resource of type {}", option.resource);
  }
  std::string text(word(option.type));
  if (option.min && option.max) {
    text += fmt::format(", {} to {}", format_bound(option.type, *option.min),
                        format_bound(option.type, *option.max));
  } else if (option.min) {
    text += fmt::format(", at least {}", format_bound(option.type, *option.min));
  } else if (option.max) {
    text += fmt::format(", at most {}", format_bound(option.type, *option.max));
  }
  return text;
}

std::string describe_name(const PortSpec& port) {
  return port.array ? fmt::format("{0}[0], {0}[1], ...", port.name) : std::string(port.name);
}

}  // namespace weir::graph
