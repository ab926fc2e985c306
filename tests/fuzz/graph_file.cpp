// The text of a graph file: YAML, variables, checks of all that a graph may say.
#include <string>

#include "graph/load.hpp"
#include "target.hpp"
#include "weir/registry.hpp"
#include "weir/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  const auto environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "EMPTY") return "";
    if (name.size() > 8) return {};
    return name + ": [1]";
  };
  const graph::Loaded loaded =
      graph::load(fuzz::text_of(data, size), "fuzz.yaml", Registry::builtin(), environment);
  fuzz::require(loaded.graph.has_value() != loaded.problems.has_errors(),
                "a graph is loaded, or an error is said");
  for (const Problem& problem : loaded.problems.list()) {
    fuzz::require(!graph::format(problem, "fuzz.yaml").empty(), "a problem has a text");
  }
  return 0;
}
