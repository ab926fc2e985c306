#include "weir/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "weir/config.hpp"

namespace weir {
namespace {

bool is_word(std::string_view text, bool dashes) {
  if (text.empty() || text.front() < 'a' || text.front() > 'z') return false;
  return std::all_of(text.begin(), text.end(), [dashes](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || (dashes && c == '-');
  });
}

[[noreturn]] void refuse(const ComponentSpec& spec, std::string_view why) {
  throw std::logic_error(fmt::format("component {}: {}", spec.name, why));
}

[[noreturn]] void refuse(const ResourceSpec& spec, std::string_view why) {
  throw std::logic_error(fmt::format("resource type {}: {}", spec.name, why));
}

void check_ports(const ComponentSpec& spec, const std::vector<PortSpec>& ports) {
  std::set<std::string_view> seen;
  for (const PortSpec& port : ports) {
    if (!is_word(port.name, true)) refuse(spec, fmt::format("bad port name \"{}\"", port.name));
    if (!seen.insert(port.name).second) {
      refuse(spec, fmt::format("port \"{}\" is listed twice", port.name));
    }
  }
}

template <class Spec>
void check_options(const Spec& spec) {
  std::set<std::string_view> seen;
  for (const OptionSpec& option : spec.options) {
    if (!is_word(option.name, true)) {
      refuse(spec, fmt::format("bad option name \"{}\"", option.name));
    }
    if (!seen.insert(option.name).second) {
      refuse(spec, fmt::format("option \"{}\" is listed twice", option.name));
    }
    if ((option.type == OptionType::word) == option.words.empty()) {
      refuse(spec, fmt::format("option \"{}\": words belong to options of type word, and these "
                               "need some",
                               option.name));
    }
    if ((option.type == OptionType::resource) == option.resource.empty()) {
      refuse(spec, fmt::format("option \"{}\": a type of resource belongs to options of type "
                               "resource, and these need one",
                               option.name));
    }
    if (option.required && !option.default_value.empty()) {
      refuse(spec, fmt::format("option \"{}\" is required, so it has no default", option.name));
    }
  }
}

/// A default must pass the checks that a user's value would have to pass.
template <class Spec>
void check_defaults(const Spec& spec) {
  ComponentSpec defaults;
  defaults.name = spec.name;
  Setting given;
  given.kind = Setting::Kind::map;
  for (const OptionSpec& option : spec.options) {
    if (option.default_value.empty() || option.type == OptionType::any) continue;
    const bool text = option.type == OptionType::text || option.type == OptionType::text_list;
    const std::string value(option.default_value);
    defaults.options.push_back(option);
    given.fields.push_back(
        {std::string(option.name), {}, text ? Setting::quoted_text(value) : Setting::plain(value)});
  }
  Problems problems;
  Config(defaults, given).validate(problems);
  if (problems.has_errors()) refuse(spec, "default value: " + problems.list().front().text);
}

void check(const ComponentSpec& spec) {
  const std::size_t slash = spec.name.find('/');
  if (slash == std::string_view::npos || !is_word(spec.name.substr(0, slash), false) ||
      !is_word(spec.name.substr(slash + 1), false)) {
    refuse(spec, "the name must be area/name");
  }
  if (spec.make == nullptr) refuse(spec, "there is no make function");
  if (spec.least_input == 0) refuse(spec, "least_input must be at least 1");
  check_ports(spec, spec.inputs);
  check_ports(spec, spec.outputs);
  for (const PortSpec& port : spec.outputs) {
    if (port.name == error_port) refuse(spec, "the error port is there without being listed");
  }
  check_options(spec);
  check_defaults(spec);
}

template <class Spec>
bool name_before(const Spec* spec, std::string_view name) {
  return spec->name < name;
}

/// Where the name is, or would be.
template <class Specs>
auto place_of(Specs& specs, std::string_view name) {
  using Spec = std::remove_pointer_t<typename Specs::value_type>;
  return std::lower_bound(specs.begin(), specs.end(), name, name_before<Spec>);
}

template <class Spec>
void insert(std::vector<const Spec*>& specs, const Spec& spec) {
  const auto place = place_of(specs, spec.name);
  if (place != specs.end() && (*place)->name == spec.name) refuse(spec, "the name is taken");
  specs.insert(place, &spec);
}

}  // namespace

void Registry::add(const ComponentSpec& spec) {
  check(spec);
  insert(specs_, spec);
}

const ComponentSpec* Registry::find(std::string_view name) const noexcept {
  const auto place = place_of(specs_, name);
  return place != specs_.end() && (*place)->name == name ? *place : nullptr;
}

void Registry::add(const ResourceSpec& spec) {
  if (!is_word(spec.name, false)) refuse(spec, "the name must be a word");
  if (spec.make == nullptr) refuse(spec, "there is no make function");
  check_options(spec);
  check_defaults(spec);
  insert(resources_, spec);
}

const ResourceSpec* Registry::find_resource(std::string_view name) const noexcept {
  const auto place = place_of(resources_, name);
  return place != resources_.end() && (*place)->name == name ? *place : nullptr;
}

}  // namespace weir
