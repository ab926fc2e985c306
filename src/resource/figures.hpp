// The figures of a pool, as metrics and reports read them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "weir/units.hpp"

namespace weir::resource {

/// Upper bounds in seconds of a Times histogram; one more bucket holds the rest.
inline constexpr std::array<double, 16> time_bounds{1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3,
                                                    1e-2, 2.5e-2, 5e-2, 0.1,  0.25,   0.5,
                                                    1.0,  5.0,    10.0, 60.0};

/// A histogram of durations.
struct Times {
  std::array<std::uint64_t, time_bounds.size() + 1> buckets{};
  double sum_s = 0;

  void add(Duration time) noexcept {
    const double seconds = std::chrono::duration<double>(time).count();
    const auto bound = std::lower_bound(time_bounds.begin(), time_bounds.end(), seconds);
    ++buckets[static_cast<std::size_t>(bound - time_bounds.begin())];
    sum_s += seconds;
  }
};

/// Why a resource was closed.
enum class Closed : std::uint8_t {
  broken,    // its holder said so
  invalid,   // it did not pass the check after a rest
  idle,      // nobody wanted it for idle_timeout
  lifetime,  // it was max_lifetime old
  surplus,   // fewer do, or the limit was lowered
  stopped    // the pool came to its end
};
inline constexpr std::array<std::string_view, 6> closed_words{"broken",   "invalid", "idle",
                                                              "lifetime", "surplus", "stopped"};

/// What one process does with a pool: how many packets wait for it, and how long it holds.
struct HolderFigures {
  std::string name;
  unsigned waiters = 0;
  unsigned in_use = 0;
  std::uint64_t acquired = 0;
  /// Both are sums of what has ended.
  double wait_s = 0;
  double hold_s = 0;
};

struct PoolFigures {
  std::string name;
  std::string type;
  /// Made and not closed: in_use + idle + being checked.
  unsigned size = 0;
  unsigned in_use = 0;
  unsigned idle = 0;
  /// Being made.
  unsigned creating = 0;
  unsigned waiters = 0;
  unsigned min = 0;
  unsigned max = 0;
  /// The size that present demand asks for.
  unsigned wanted = 0;
  std::uint64_t created = 0;
  std::uint64_t creation_failures = 0;
  std::array<std::uint64_t, closed_words.size()> closed{};
  std::uint64_t timeouts = 0;
  std::uint64_t leaks = 0;
  Times wait;
  Times hold;
  Times creation;
  /// What went wrong with the last attempt to make one; empty once one has succeeded.
  std::string last_error;
  std::vector<HolderFigures> holders;
};

}  // namespace weir::resource
