#include <spdlog/spdlog.h>

#include <filesystem>
#include <optional>

#include "cli/commands.hpp"
#include "os/memory.hpp"
#include "os/start.hpp"
#include "scheduler/pool.hpp"

namespace weir::cli {

graph::Loaded load_graph(const std::string& file, const std::vector<graph::Override>& overrides) {
  graph::LoadLimits limits;
  if (const std::uint64_t memory = os::usable_memory(); memory != 0) limits.memory = memory;
  // Who waits for a terminal or a pipe can be interrupted.
  std::error_code ignored;
  std::optional<os::SignalsDelivered> interruptible;
  if (!std::filesystem::is_regular_file(file, ignored)) interruptible.emplace();
  graph::Loaded loaded =
      graph::load_file(file, Registry::builtin(), graph::process_environment(), overrides, limits);
  // The text and its tree take more than the graph that was made of them.
  os::return_free_memory();
  return loaded;
}

std::unique_ptr<scheduler::Executor> make_executor(unsigned workers) {
  scheduler::PoolOptions options{.workers = workers};
  options.on_failed_handler = [](std::string_view what) {
    spdlog::error("a timer's or socket's handler failed and was ended: {}", what);
  };
  return scheduler::make_pool(options);
}

void set_memory_budget(runtime::Network& network) {
  const std::uint64_t memory = os::usable_memory();
  network.set_memory_budget(memory / 4 * 3, memory);
}

}  // namespace weir::cli
