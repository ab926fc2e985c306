#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "cli/commands.hpp"
#include "graph/reference.hpp"
#include "metrics/reference.hpp"

namespace weir::cli {

namespace {

namespace fs = std::filesystem;

void write_page(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw std::runtime_error(fmt::format("cannot write {}", path.string()));
}

}  // namespace

int docs_command(const std::string& folder) {
  const Registry& registry = Registry::builtin();
  const fs::path root(folder);
  try {
    for (const ComponentSpec* spec : registry.all()) {
      write_page(root / "components" / fmt::format("{}.md", spec->name),
                 graph::reference_page(*spec));
    }
    for (const ResourceSpec* spec : registry.resources()) {
      write_page(root / "components" / spec->name / "resource.md", graph::reference_page(*spec));
    }
    write_page(root / "components" / "README.md", graph::reference_index(registry));
    write_page(root / "metrics.md", metrics::reference());
  } catch (const std::exception& error) {
    fmt::print(stderr, "weir docs: {}\n", error.what());
    return exit_failed;
  }
  return exit_done;
}

}  // namespace weir::cli
