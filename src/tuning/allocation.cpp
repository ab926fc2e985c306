#include "tuning/allocation.hpp"

#include <algorithm>
#include <numeric>
#include <queue>
#include <utility>

namespace weir::tuning {

std::vector<unsigned> allocate(std::span<const Demand> demands, unsigned total) {
  std::vector<unsigned> units;
  units.reserve(demands.size());
  // Largest quotient first; of equal ones the first in the list.
  using Claim = std::pair<double, std::ptrdiff_t>;
  std::priority_queue<Claim> claims;
  const auto claim = [&](std::size_t i) {
    const double quotient = demands[i].priority / units[i];
    if (quotient > enough_utilisation && units[i] < demands[i].most) {
      claims.emplace(quotient, -static_cast<std::ptrdiff_t>(i));
    }
  };
  for (const Demand& demand : demands) units.push_back(std::max(demand.least, 1U));
  const auto given = std::accumulate(units.begin(), units.end(), std::size_t{0});
  std::size_t left = given < total ? total - given : 0;
  for (std::size_t i = 0; i < demands.size(); ++i) claim(i);
  for (; left != 0 && !claims.empty(); --left) {
    const auto i = static_cast<std::size_t>(-claims.top().second);
    claims.pop();
    ++units[i];
    claim(i);
  }
  return units;
}

}  // namespace weir::tuning
