#include "diagnosis/readings.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace weir::diagnosis {
namespace {

// Of a unit's time, spent otherwise than the second before: the network has changed.
constexpr double other_share = 0.2;
// The same of what leaves the sources.
constexpr double other_flow = 0.25;
// So few packets tell nothing of a flow.
constexpr double few = 20;

double since(std::uint64_t before, std::uint64_t now) noexcept {
  return now > before ? static_cast<double>(now - before) : 0;
}

// By how much the shares of a process's time differ in the two spans.
double shares_differ(const ProcessReading& a, const ProcessReading& b, const ProcessReading& c) {
  double first_sum = 0;
  double second_sum = 0;
  for (std::size_t i = 0; i < runtime::unit_states; ++i) {
    first_sum += since(a.time_ns[i], b.time_ns[i]);
    second_sum += since(b.time_ns[i], c.time_ns[i]);
  }
  if (first_sum <= 0 || second_sum <= 0) return 0;
  double most = 0;
  for (std::size_t i = 0; i < runtime::unit_states; ++i) {
    const double first = since(a.time_ns[i], b.time_ns[i]) / first_sum;
    const double second = since(b.time_ns[i], c.time_ns[i]) / second_sum;
    most = std::max(most, std::abs(first - second));
  }
  return most;
}

}  // namespace

bool moved(const Reading& before, const Reading& now) noexcept {
  for (std::size_t i = 0; i < now.processes.size() && i < before.processes.size(); ++i) {
    const ProcessReading& a = before.processes[i];
    const ProcessReading& b = now.processes[i];
    if (a.in != b.in || a.out != b.out || a.errors != b.errors) return true;
  }
  return false;
}

void Readings::add(Reading reading) {
  if (!kept_.empty()) {
    const Reading& last = kept_.back();
    const bool units =
        std::equal(last.processes.begin(), last.processes.end(), reading.processes.begin(),
                   reading.processes.end(), [](const ProcessReading& a, const ProcessReading& b) {
                     return a.concurrency == b.concurrency && a.ended == b.ended;
                   });
    // What lies between the two is neither the old nor the new.
    if (last.generation != reading.generation || !units) kept_.clear();
  }
  kept_.push_back(std::move(reading));
  if (kept_.size() > window_most) kept_.pop_front();
  if (changed()) {
    kept_.erase(kept_.begin(), kept_.end() - static_cast<std::ptrdiff_t>(window_least));
  }
}

// The last second compared with the one before.
bool Readings::changed() const {
  const std::size_t ticks = window_least - 1;
  if (kept_.size() < window_least + ticks) return false;
  const Reading& c = kept_.back();
  const Reading& b = kept_[kept_.size() - 1 - ticks];
  const Reading& a = kept_[kept_.size() - 1 - 2 * ticks];
  double first = 0;
  double second = 0;
  for (std::size_t i = 0; i < c.processes.size(); ++i) {
    if (shares_differ(a.processes[i], b.processes[i], c.processes[i]) > other_share) return true;
    if (c.processes[i].in != 0) continue;
    first += since(a.processes[i].out, b.processes[i].out);
    second += since(b.processes[i].out, c.processes[i].out);
  }
  const double most = std::max(first, second);
  return most > few && std::abs(first - second) > other_flow * most + 3 * std::sqrt(most);
}

Window Readings::window() const {
  Window window{kept_.front(), kept_.back(), {}};
  const auto count = static_cast<double>(kept_.size());
  for (std::size_t pool = 0; pool < window.to.pools.size(); ++pool) {
    std::vector<Window::Holder>& holders = window.holders.emplace_back();
    for (const resource::HolderFigures& holder : window.to.pools[pool].holders) {
      Window::Holder mean{holder.name, 0, 0};
      for (const Reading& reading : kept_) {
        if (pool >= reading.pools.size()) continue;
        for (const resource::HolderFigures& each : reading.pools[pool].holders) {
          if (each.name != holder.name) continue;
          mean.waiters += each.waiters / count;
          mean.in_use += each.in_use / count;
        }
      }
      holders.push_back(std::move(mean));
    }
  }
  return window;
}

}  // namespace weir::diagnosis
