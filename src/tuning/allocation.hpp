// Shares a number of units of concurrency out among processes by their priorities.
#pragma once

#include <span>
#include <vector>

namespace weir::tuning {

struct Demand {
  /// Units that would be busy if the process had as many as it can use: the seed's priority.
  double priority = 0;
  unsigned least = 1;
  unsigned most = 1;
};

/// The utilisation below which a process has units enough.
inline constexpr double enough_utilisation = 0.8;

/// The seed's rule, concurrency = total x priority / sum of priorities, made whole: each process
/// gets its least, which may exceed the total together; of what is left of the total, one unit
/// after the other goes to the largest priority / units that is below its most, until that quotient
/// is below 0.8 everywhere. That is Adams' divisor method, which makes the least units / priority
/// as large as can be: Balinski & Young, "Fair Representation", 1982.
std::vector<unsigned> allocate(std::span<const Demand> demands, unsigned total);

}  // namespace weir::tuning
