// Watches a network and sets what the graph leaves to weir: the concurrency of its processes and
// the capacity of its connections. docs/tuning.md has the laws.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/network.hpp"
#include "tuning/decisions.hpp"

namespace weir::tuning {

struct TunerOptions {
  /// Activations and outside waits in flight together, at most.
  unsigned max_concurrency = 1024;
  /// Between two calls of tick().
  Duration tick = std::chrono::milliseconds(100);
  /// Bytes that may be queued together, 0 for no bound.
  std::uint64_t memory = 0;
  /// Processor time of the whole program so far, to know how much of it goes to other things than
  /// processes; empty: none does.
  std::function<Duration()> processor_time;
};

class Tuner {
 public:
  /// `workers` run the network; both it and the log must outlive the tuner.
  Tuner(runtime::Network& network, unsigned workers, DecisionLog& log, TunerOptions options = {});
  ~Tuner();
  Tuner(const Tuner&) = delete;
  Tuner& operator=(const Tuner&) = delete;

  /// Looks at the network and changes at most a few things. To be called once a tick, by one thread
  /// at a time, not from a task.
  void tick();
  /// With true, changes nothing until it is called with false; what is being tried stays. From any
  /// thread.
  void rest(bool rests) noexcept;
  /// False if nothing has moved for so many ticks that there is nothing to look at.
  bool active() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::tuning
