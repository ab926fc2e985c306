// What commands that run a network do when it is over.
#pragma once

#include <functional>

#include "cli/supervisor.hpp"
#include "runtime/snapshot.hpp"

namespace weir::cli {

/// Logs what went wrong, if anything: packets that were left over, and why the network failed.
void tell_failure(const runtime::NetworkSnapshot& end);

/// The exit code for this ending. Calls `tell`, to say what came of the network, where the
/// supervisor has not called on_ended. Does not return if a thread is stuck inside a component:
/// then the program ends here, for nothing may be destroyed under it.
int conclude(Ending ending, const Supervisor& supervisor, const runtime::Network& network,
             const std::function<void()>& tell);

}  // namespace weir::cli
