#include "graph/schema.hpp"

#include "cli/commands.hpp"

namespace weir::cli {

int schema_command() {
  return print(graph::schema(Registry::builtin()));
}

}  // namespace weir::cli
