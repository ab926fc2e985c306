#include "cli/commands.hpp"
#include "os/memory.hpp"

namespace weir::cli {

graph::Loaded load_graph(const std::string& file, const std::vector<graph::Override>& overrides) {
  graph::LoadLimits limits;
  if (const std::uint64_t memory = os::usable_memory(); memory != 0) limits.memory = memory;
  graph::Loaded loaded =
      graph::load_file(file, Registry::builtin(), graph::process_environment(), overrides, limits);
  // The text and its tree take more than the graph that was made of them.
  os::return_free_memory();
  return loaded;
}

void set_memory_budget(runtime::Network& network) {
  const std::uint64_t memory = os::usable_memory();
  network.set_memory_budget(memory / 4 * 3, memory);
}

}  // namespace weir::cli
