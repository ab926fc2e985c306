// The documentation of components, made from their specs: pages for docs/components/, what
// `weir components` prints, and the same as JSON. Pure functions; every text ends with a newline.
#pragma once

#include <string>
#include <string_view>

#include "weir/registry.hpp"

namespace weir::graph {

/// The Markdown page of one component, for docs/components/<area>/<name>.md.
std::string reference_page(const ComponentSpec& spec);
/// The Markdown page of a type of resource, for docs/components/<name>/resource.md.
std::string reference_page(const ResourceSpec& spec);
/// The Markdown page that lists all components, for docs/components/README.md.
std::string reference_index(const Registry& registry);

/// All components with their summaries, for a terminal.
std::string component_list(const Registry& registry);
/// One component with ports, options and example, for a terminal.
std::string component_text(const ComponentSpec& spec);

/// All components as a JSON array, and one as a JSON object: {name, summary, doc, inputs, outputs,
/// options, parallel, stateful, least_input, example}.
std::string components_json(const Registry& registry);
std::string component_json(const ComponentSpec& spec);

/// What to say, without a newline, where a component is asked for that there is not.
std::string unknown_component(const Registry& registry, std::string_view name);

}  // namespace weir::graph
