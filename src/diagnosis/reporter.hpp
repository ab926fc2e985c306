// Watches a network and says what limits it. docs/report.md has the reasoning.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "diagnosis/readings.hpp"
#include "diagnosis/report.hpp"
#include "runtime/network.hpp"
#include "tuning/decisions.hpp"
#include "tuning/tuner.hpp"

namespace weir::diagnosis {

/// Upper bounds in packets of weir_queue_length; one more bucket holds the rest.
inline constexpr std::array<double, 13> length_bounds{0,   1,    4,    16,   64,    128,  256,
                                                      512, 1024, 2048, 4096, 16384, 65536};

/// How long a connection was, sampled at each tick at which something moved.
struct QueueLengths {
  std::string connection;
  std::array<std::uint64_t, length_bounds.size() + 1> buckets{};
  double sum = 0;
};

/// What the kernel has counted so far.
struct ProcessorWaits {
  /// For how long threads of this program could have run and got no processor.
  Duration delay{};
  /// Processor time of the whole machine, and the time in which anybody on it got none; absent
  /// where they are not known.
  std::optional<Duration> machine;
  std::optional<Duration> pressure;
};

struct ReporterOptions {
  /// Processors that the workers may use.
  double processors = 1;
  /// Processors of the machine that any number of workers may use; 0 where that is not known.
  double cores = 0;
  unsigned workers = 1;
  /// Of the whole program so far; empty: only what the units use is known.
  std::function<Duration()> processor_time;
  /// What the kernel says of waits for processors; empty where that is not known.
  std::function<ProcessorWaits()> processor_waits;
  /// Both are used while a change is verified; may be null.
  tuning::Tuner* tuner = nullptr;
  tuning::DecisionLog* decisions = nullptr;
};

/// Thread-safe, but for tick().
class Reporter {
 public:
  static constexpr Duration every = Readings::every;
  /// Sources that the memory budget holds for so many seconds without a break are spoken of.
  static constexpr double long_held_s = 3;

  /// The network, and what the options point to, must outlive it.
  Reporter(runtime::Network& network, ReporterOptions options);
  ~Reporter();
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;

  /// Takes a reading. To be called every `every`, by one thread at a time, not from a task. False
  /// if there is nothing to look at until a worker is woken.
  bool tick();

  /// Of the last five seconds, or since a change.
  Report report() const;
  /// The same as it would be with these changes.
  Report what_if(const std::vector<Change>& changes) const;
  /// Of a network that has ended, or is about to: of its last seconds of flow.
  Report last_report() const;

  /// Begins to make the best change that the graph allows, to see what it brings; report() tells
  /// how it goes on. Empty, or why it cannot be done.
  std::string verify();

  std::vector<QueueLengths> queue_lengths() const;

  /// The deadlock that the network is in, with its cycle and an explanation; nothing if it is in
  /// none. One that is found is told in the log once.
  std::optional<Limit> deadlock() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::diagnosis
