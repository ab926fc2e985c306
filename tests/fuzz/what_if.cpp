// A what-if as a user writes it, about a graph of three processes and a pool.
#include <cmath>
#include <stdexcept>
#include <string>

#include "diagnosis/change.hpp"
#include "graph/load.hpp"
#include "target.hpp"
#include "weir/registry.hpp"

namespace {

const weir::graph::Graph& base_graph() {
  using namespace weir;
  static const graph::Loaded loaded = graph::load(
      "name: g\nresources: {db: {type: postgres, config: {host: h, database: d, user: u}}}\n"
      "processes:\n  read: {component: stdin/read, rate: 10/s}\n  parse: {component: json/parse}\n"
      "  write: {component: postgres/write, config: {resource: db, table: t}}\n"
      "connections: [read -> parse -> write]\n",
      "g", Registry::builtin(), [](const std::string&) { return std::nullopt; });
  fuzz::require(loaded.graph.has_value(), "the graph is right");
  return *loaded.graph;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  const std::string text(fuzz::text_of(data, size));
  try {
    const diagnosis::Change change = diagnosis::parse_change(text, base_graph());
    fuzz::require(std::isfinite(change.value), "a value is a number");
    static_cast<void>(diagnosis::to_text(change));
  } catch (const std::invalid_argument& fault) {
    fuzz::require(*fault.what() != '\0', "a fault has a text");
  }
  return 0;
}
