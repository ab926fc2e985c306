#include "cli/commands.hpp"
#include "graph/picture.hpp"

namespace weir::cli {

int graph_command(const std::string& file, const std::string& format) {
  const graph::Loaded loaded = load_graph(file);
  print_problems(loaded.problems, file);
  const auto picture_format = graph::parse_picture_format(format);
  if (!loaded.graph || !picture_format) return exit_usage;
  return print(graph::picture(*loaded.graph, *picture_format));
}

}  // namespace weir::cli
