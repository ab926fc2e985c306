#include <fmt/format.h>

#include <cstdio>

#include "cli/commands.hpp"
#include "graph/reference.hpp"

namespace weir::cli {

int components_command(const std::string& name, bool json) {
  const Registry& registry = Registry::builtin();
  if (name.empty()) {
    return print(json ? graph::components_json(registry) : graph::component_list(registry));
  }
  const ResourceSpec* resource = registry.find_resource(name);
  if (resource != nullptr && !json) return print(graph::reference_page(*resource));
  const ComponentSpec* spec = registry.find(name);
  if (spec == nullptr) {
    fmt::print(stderr, "weir components: {}\n", graph::unknown_component(registry, name));
    return exit_usage;
  }
  return print(json ? graph::component_json(*spec) : graph::component_text(*spec));
}

}  // namespace weir::cli
