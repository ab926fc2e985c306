#include "cli/commands.hpp"
#include "os/memory.hpp"

namespace weir::cli {

graph::Loaded load_graph(const std::string& file, const std::vector<graph::Override>& overrides) {
  graph::LoadLimits limits;
  if (const std::uint64_t memory = os::usable_memory(); memory != 0) limits.memory = memory;
  return graph::load_file(file, Registry::builtin(), graph::process_environment(), overrides,
                          limits);
}

}  // namespace weir::cli
