#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cli/commands.hpp"

namespace weir::cli {

int print(std::string_view text) {
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (written) return exit_done;
  fmt::print(stderr, "weir: cannot write to standard output: {}\n", std::strerror(errno));
  return exit_failed;
}

void print_problems(const Problems& problems, const std::string& file) {
  for (const Problem& problem : problems.list()) {
    fmt::print(stderr, "{}\n", graph::format(problem, file));
  }
}

}  // namespace weir::cli
