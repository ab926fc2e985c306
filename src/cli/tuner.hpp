// The tuner of a network, as its graph asks for it.
#pragma once

#include <memory>

#include "graph/model.hpp"
#include "tuning/tuner_thread.hpp"

namespace weir::cli {

/// Null if the graph does not want one. After the memory budget was set. Borrows the network, the
/// executor and the log.
std::unique_ptr<tuning::TunerThread> start_tuner(runtime::Network& network,
                                                 const graph::Graph& graph,
                                                 scheduler::Executor& executor,
                                                 tuning::DecisionLog& log);

}  // namespace weir::cli
