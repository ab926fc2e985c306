#include "cli/commands.hpp"
#include "graph/picture.hpp"

namespace weir::cli {

int graph_command(const std::string& file, const std::string& format) {
  const graph::Loaded loaded =
      graph::load_file(file, Registry::builtin(), graph::process_environment());
  print_problems(loaded.problems, file);
  const auto picture_format = graph::parse_picture_format(format);
  if (!loaded.graph || !picture_format) return exit_usage;
  return print(graph::picture(*loaded.graph, *picture_format));
}

}  // namespace weir::cli
