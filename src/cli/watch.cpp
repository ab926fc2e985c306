#include "cli/watch.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "os/cpus.hpp"
#include "os/processor_waits.hpp"
#include "runtime/errors.hpp"

namespace weir::cli {
namespace {

double usable_processors() {
  const double quota = os::cgroup_cpus();
  return quota > 0 ? std::min<double>(quota, os::usable_cpus()) : os::usable_cpus();
}

/// A tick that fails, for want of memory above all, is made up for by the next one.
template <class Tick>
std::function<bool()> contained(const char* what, const Tick& tick) {
  return [what, tick] {
    try {
      return tick();
    } catch (const std::exception& error) {
      spdlog::error("{} failed, and will be tried again: {}", what, runtime::words_of(error));
      return true;
    }
  };
}

}  // namespace

Watch::Watch(runtime::Network& network, const graph::Graph& graph, scheduler::Executor& executor,
             tuning::DecisionLog& log) {
  std::vector<scheduler::Ticker::Job> jobs;
  if (graph.tuning.enabled) {
    tuning::TunerOptions options;
    options.max_concurrency = graph.max_concurrency;
    options.tick = graph.tuning.tick;
    options.memory = network.snapshot().memory.budget;
    options.processor_time = os::processor_time;
    tuner_ = std::make_unique<tuning::Tuner>(network, executor.workers(), log, std::move(options));
    jobs.push_back({graph.tuning.tick, contained("a look at the tuning", [this] {
                      tuner_->tick();
                      return tuner_->active();
                    })});
  }
  diagnosis::ReporterOptions options;
  options.workers = executor.workers();
  options.cores = usable_processors();
  options.processors = std::min<double>(options.workers, options.cores);
  options.processor_time = os::processor_time;
  options.processor_waits = [] {
    const os::ProcessorWaits waits = os::processor_waits();
    return diagnosis::ProcessorWaits{waits.delay, waits.machine, waits.pressure};
  };
  options.tuner = tuner_.get();
  options.decisions = &log;
  reporter_ = std::make_unique<diagnosis::Reporter>(network, std::move(options));
  jobs.push_back({diagnosis::Reporter::every, contained("a look at what limits the graph",
                                                        [this] { return reporter_->tick(); })});
  ticker_ = std::make_unique<scheduler::Ticker>(executor, std::move(jobs), "watch");
}

}  // namespace weir::cli
