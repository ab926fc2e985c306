#include "cli/tuner.hpp"

#include "os/cpus.hpp"

namespace weir::cli {

std::unique_ptr<tuning::TunerThread> start_tuner(runtime::Network& network,
                                                 const graph::Graph& graph,
                                                 scheduler::Executor& executor,
                                                 tuning::DecisionLog& log) {
  if (!graph.tuning.enabled) return nullptr;
  tuning::TunerOptions options;
  options.max_concurrency = graph.max_concurrency;
  options.memory = network.snapshot().memory.budget;
  options.processor_time = os::processor_time;
  return std::make_unique<tuning::TunerThread>(network, executor, log, std::move(options),
                                               graph.tuning.tick);
}

}  // namespace weir::cli
