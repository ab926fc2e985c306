// What the tuner has changed and what came of it. Only changes that outlived their probe, or were
// taken back later, are decisions; probes that brought nothing are counted.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "weir/units.hpp"

namespace weir::tuning {

struct Decision {
  std::uint64_t id = 0;
  /// Seconds since 1970.
  double time_s = 0;
  /// One of the two is empty.
  std::string process;
  std::string connection;
  /// "concurrency" or "capacity".
  std::string what;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  /// The figures it was decided on, in words.
  std::string why;
  /// Packets a second that the process, or the connection's consumer, was expected to handle, and
  /// did; absent where no gain in throughput was sought.
  std::optional<double> predicted_pps;
  std::optional<double> measured_pps;
  bool undone = false;
};

/// Thread-safe. Keeps the last thousand.
class DecisionLog {
 public:
  /// Gives it an id and the time of now.
  void add(Decision decision);
  void count_probe();

  std::vector<Decision> read() const;
  std::uint64_t decisions() const;
  std::uint64_t probes() const;

 private:
  mutable std::mutex mutex_;
  std::deque<Decision> entries_;
  std::uint64_t last_id_ = 0;
  std::uint64_t probes_ = 0;
};

}  // namespace weir::tuning
