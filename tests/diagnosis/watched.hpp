// A network in virtual time with a reporter that takes its readings.
#pragma once

#include <memory>
#include <string>

#include "diagnosis/processors.hpp"
#include "diagnosis/reporter.hpp"
#include "runtime/network.hpp"
#include "scheduler/virtual_executor.hpp"

namespace weir::diagnosis {

class Watched {
 public:
  /// Of the built-in components, and test/join, which takes one packet from each input in turn, and
  /// test/lots {size}, which wants so many at once, and test/endless, which sends once it has got
  /// one.
  explicit Watched(const std::string& graph, std::uint64_t seed = 1);
  /// On so many processors, where processes that spin really hold up one another. `options` say
  /// what the machine has.
  Watched(const std::string& graph, unsigned processors, ReporterOptions options);

  void run(double seconds);
  Report report() const { return reporter_->report(); }
  /// As it would be with one change, as a user writes it.
  Report with(const std::string& change) const;
  runtime::Network& network() { return *network_; }
  Reporter& reporter() { return *reporter_; }
  tuning::DecisionLog log;

 private:
  void start(const std::string& graph, scheduler::Executor& executor, ReporterOptions options);
  Time now() const { return processors_ ? processors_->now() : executor_.now(); }

  scheduler::VirtualExecutor executor_;
  std::unique_ptr<Processors> processors_;
  std::unique_ptr<runtime::Network> network_;
  std::unique_ptr<Reporter> reporter_;
};

/// The kind and the process of its limit: "waiting of work"; the reason if there is none.
std::string root_of(const Report& report);

}  // namespace weir::diagnosis
