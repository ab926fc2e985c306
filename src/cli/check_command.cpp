#include <fmt/format.h>

#include <cstdio>

#include "cli/commands.hpp"

namespace weir::cli {

int check_command(const std::vector<std::string>& files) {
  int code = exit_done;
  for (const std::string& file : files) {
    const graph::Loaded loaded = load_graph(file);
    print_problems(loaded.problems, file);
    if (!loaded.graph) {
      code = exit_usage;
      continue;
    }
    const std::size_t processes = loaded.graph->processes.size();
    const std::size_t connections = loaded.graph->connections.size();
    const int printed =
        print(fmt::format("{}: ok, {} process{}, {} connection{}\n", file, processes,
                          processes == 1 ? "" : "es", connections, connections == 1 ? "" : "s"));
    if (printed != exit_done && code == exit_done) code = printed;
  }
  return code;
}

}  // namespace weir::cli
