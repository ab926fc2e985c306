// The names of a process's ports, one for each element: "in", "out[0]", "error".
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "runtime/process_node.hpp"

namespace weir::runtime {

/// Calls each(name, is_output, index) for the elements of all ports, the in ports first; `index` is
/// that of Input or Output.
template <class Each>
void for_each_port(const ProcessNode& node, const Each& each) {
  const auto elements = [&](std::string_view name, bool array, const auto& side, unsigned port,
                            bool output) {
    for (unsigned element = 0; element < side.width(port); ++element) {
      each(array ? fmt::format("{}[{}]", name, element) : std::string(name), output,
           side.index_of(port, element));
    }
  };
  const ComponentSpec& spec = *node.model().component;
  for (unsigned port = 0; port < spec.inputs.size(); ++port) {
    elements(spec.inputs[port].name, spec.inputs[port].array, node.input(), port, false);
  }
  for (unsigned port = 0; port < spec.outputs.size(); ++port) {
    elements(spec.outputs[port].name, spec.outputs[port].array, node.output(), port, true);
  }
  elements(error_port, false, node.output(), static_cast<unsigned>(spec.outputs.size()), true);
}

}  // namespace weir::runtime
