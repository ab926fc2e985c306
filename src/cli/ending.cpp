#include "cli/ending.hpp"

#include <spdlog/spdlog.h>

#include <cstdio>
#include <cstdlib>

#include "cli/commands.hpp"
#include "cli/summary.hpp"

namespace weir::cli {

void tell_failure(const runtime::NetworkSnapshot& end) {
  const Left left = left_over(end);
  if (left.packets > 0) {
    spdlog::error("{} packet{} could not be finished: {}", left.packets,
                  left.packets == 1 ? "" : "s", left.where);
  }
  if (!end.failure.empty()) spdlog::error("failed: {}", end.failure);
}

int conclude(Ending ending, const Supervisor& supervisor, const runtime::Network& network,
             const std::function<void()>& tell) {
  switch (ending) {
    case Ending::finished: break;
    case Ending::start_failed: spdlog::error("{}", supervisor.start_failure()); return exit_failed;
    case Ending::abandoned: tell(); return exit_failed;
    case Ending::stuck:
      tell();
      std::fflush(stderr);
      std::_Exit(exit_failed);
  }
  return network.failed() ? exit_failed : exit_done;
}

}  // namespace weir::cli
