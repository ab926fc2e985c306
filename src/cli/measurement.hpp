// Measures a network from its start to its end: takes marks while it runs, and chooses how many
// packets are sampled for their latency. Used by the control thread alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "cli/bench_result.hpp"
#include "runtime/network.hpp"

namespace weir::cli {

class Measurement {
 public:
  /// How often tick() is to be called.
  static constexpr Duration tick_every = std::chrono::milliseconds(100);

  /// To be made just before the network is started, which must outlive it.
  explicit Measurement(runtime::Network& network);

  void tick();
  /// The sources are about to be told to stop, or all has ended. Later calls change nothing.
  void stop();
  /// Nothing runs any more. Everything but the times of loading and starting.
  BenchResult result();

 private:
  using Clock = std::chrono::steady_clock;

  /// Where things stood at one moment.
  struct Mark {
    Duration at{};
    std::uint64_t sent = 0;
    /// Absent where they are not counted.
    std::optional<std::uint64_t> allocations;
  };

  Mark mark(const runtime::NetworkSnapshot& network) const;
  std::optional<double> allocations_per_packet() const;

  runtime::Network& network_;
  const Clock::time_point begin_ = Clock::now();
  const Duration cpu_begin_;
  /// Marks of the first second, and until something has been sent: the end of the warm-up is one of
  /// them, once it is known how long the whole took.
  std::vector<Mark> marks_;
  Mark last_;
  std::optional<Mark> end_;
  runtime::NetworkSnapshot at_end_;
};

}  // namespace weir::cli
