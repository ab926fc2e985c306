// What looks after a network while it runs: the tuner, as its graph asks for it, and the reporter,
// on one thread that sleeps while nothing moves.
#pragma once

#include <memory>

#include "diagnosis/reporter.hpp"
#include "graph/model.hpp"
#include "scheduler/ticker.hpp"
#include "tuning/tuner.hpp"

namespace weir::cli {

class Watch {
 public:
  /// After the memory budget was set. Borrows the network, the executor and the log.
  Watch(runtime::Network& network, const graph::Graph& graph, scheduler::Executor& executor,
        tuning::DecisionLog& log);

  diagnosis::Reporter& reporter() noexcept { return *reporter_; }
  const diagnosis::Reporter& reporter() const noexcept { return *reporter_; }

 private:
  std::unique_ptr<tuning::Tuner> tuner_;
  std::unique_ptr<diagnosis::Reporter> reporter_;
  // Last, so that it stops first.
  std::unique_ptr<scheduler::Ticker> ticker_;
};

}  // namespace weir::cli
