#include "graph/substitute.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "weir/advice.hpp"
#include "weir/text.hpp"

namespace weir::graph {
namespace {

/// Many references to one long variable must not fill the memory.
constexpr std::size_t result_bytes_max = std::size_t{1} << 20;

/// A longer reference is none, so that looking for its end is cheap.
constexpr std::size_t reference_bytes_max = 4096;

constexpr std::string_view masked = "{},[]";
constexpr std::string_view masks = "\x01\x02\x03\x04\x05";

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// A reference at the start of a text: "${NAME}" or "${NAME:-default}".
struct Reference {
  std::string name;
  std::optional<std::string_view> fallback;
  std::size_t length = 0;
};

/// The place of the } that ends a default; each ${ in it has a } of its own.
std::size_t end_of_default(std::string_view text, std::size_t i) {
  for (unsigned open = 1; i < text.size(); ++i) {
    if (text[i] == '}' && --open == 0) return i;
    if (text[i] == '{' && text[i - 1] == '$') ++open;
  }
  return std::string_view::npos;
}

std::optional<Reference> read_reference(std::string_view text) {
  text = text.substr(0, reference_bytes_max);
  std::size_t i = 2;
  if (i >= text.size() || !is_name_start(text[i])) return {};
  while (i < text.size() && (is_name_start(text[i]) || (text[i] >= '0' && text[i] <= '9'))) ++i;
  Reference reference;
  reference.name = text.substr(2, i - 2);
  if (text.substr(i, 2) == ":-") {
    const std::size_t end = end_of_default(text, i + 2);
    if (end == std::string_view::npos) return {};
    reference.fallback = text.substr(i + 2, end - i - 2);
    i = end;
  }
  if (i >= text.size() || text[i] != '}') return {};
  reference.length = i + 1;
  return reference;
}

std::string replace_each(std::string text, std::string_view from, std::string_view to) {
  for (char& c : text) {
    const std::size_t index = from.find(c);
    if (index != std::string_view::npos) c = to[index];
  }
  return text;
}

}  // namespace

// References in a default are shorter than what they stand in, which bounds the recursion.
Substituted substitute(std::string_view text, const Environment& environment) {
  const auto fail = [text](std::string why) {
    return Substituted{std::string(text), false, std::move(why)};
  };
  Substituted result;
  std::size_t i = 0;
  while (i < text.size()) {
    const std::string_view rest = text.substr(i);
    if (rest.starts_with("$${")) {
      result.text += "${";
      i += 3;
      continue;
    }
    if (!rest.starts_with("${")) {
      result.text += text[i++];
      continue;
    }
    const auto reference = read_reference(rest);
    if (!reference) {
      return fail(
          fmt::format("{} is not of the form ${{NAME}} or ${{NAME:-default}}; write $${{ for a "
                      "literal ${{",
                      quote(rest)));
    }
    const auto value = environment(reference->name);
    if (value && !is_utf8(*value)) {
      return fail(fmt::format("the environment variable {} is not UTF-8 text", reference->name));
    }
    if (reference->fallback && (!value || value->empty())) {
      const Substituted fallback = substitute(*reference->fallback, environment);
      if (!fallback.error.empty()) return fail(fallback.error);
      result.text += fallback.text;
    } else if (value) {
      result.text += *value;
    } else {
      return fail(
          fmt::format("the environment variable {0} is not set: set it, or give a default as "
                      "${{{0}:-default}}",
                      reference->name));
    }
    if (result.text.size() > result_bytes_max) {
      return fail("with its variables replaced this is larger than 1MiB");
    }
    result.substituted = true;
    i += reference->length;
  }
  return result;
}

std::string mask_references(std::string_view text) {
  std::string out(text);
  std::size_t i = out.find("${");
  while (i != std::string::npos) {
    std::size_t length = 2;
    const std::string_view near = text.substr(i, reference_bytes_max);
    if (const auto reference = read_reference(near.substr(0, near.find('\n')))) {
      // A quote may end the scalar that the reference stands in, so such a default is left alone.
      if (!reference->fallback || reference->fallback->find_first_of("\"'") == std::string::npos) {
        out.replace(i, reference->length,
                    replace_each(out.substr(i, reference->length), masked, masks));
      }
      length = reference->length;
    }
    i = out.find("${", i + length);
  }
  return out;
}

std::string unmask_references(std::string text) {
  return replace_each(std::move(text), masks, masked);
}

}  // namespace weir::graph
