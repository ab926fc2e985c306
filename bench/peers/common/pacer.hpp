// The times at which the packets of the latency workload are due. What a stalled source missed is
// sent late, and counts as late.
#pragma once

#include <chrono>
#include <cstdint>

#include "options.hpp"

namespace peers {

class Pacer {
 public:
  Clock::time_point due(std::uint64_t number) const {
    return begin_ + std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(number) *
                                                                       (1e9 / latency_rate)));
  }

 private:
  Clock::time_point begin_ = Clock::now();
};

inline std::size_t most_samples(double seconds) {
  return static_cast<std::size_t>(seconds * latency_rate * 1.1);
}

}  // namespace peers
