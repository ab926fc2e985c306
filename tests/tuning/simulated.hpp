// A network in virtual time with a tuner that ticks ten times a second.
#pragma once

#include <memory>
#include <string>

#include "runtime/network.hpp"
#include "scheduler/virtual_executor.hpp"
#include "tuning/tuner.hpp"

namespace weir::tuning {

/// A parallel component whose wait for a packet depends on how many are in work at once, in all its
/// instances: `test/crowded {wait, knee, power}` waits wait x max(1, in work / knee)^power.
const ComponentSpec& crowded();

/// What all waits of test/crowded are multiplied with: a server that becomes slower, or recovers.
extern double crowd_factor;

class Simulated {
 public:
  /// Of the built-in components and test/crowded.
  explicit Simulated(const std::string& graph, std::uint64_t seed = 1);

  /// Lets virtual time pass, with ticks of the tuner.
  void run(double seconds);
  /// Packets a second that came into a process in the next so many seconds.
  double rate(const std::string& process, double seconds);

  unsigned concurrency(const std::string& process) const;
  std::uint32_t capacity(const std::string& connection) const;
  std::uint64_t errors(const std::string& process) const;

  DecisionLog log;

 private:
  runtime::NetworkSnapshot snapshot() const { return network_->snapshot(); }
  std::uint64_t packets_in(const std::string& process) const;

  scheduler::VirtualExecutor executor_;
  std::unique_ptr<runtime::Network> network_;
  std::unique_ptr<Tuner> tuner_;
};

}  // namespace weir::tuning
