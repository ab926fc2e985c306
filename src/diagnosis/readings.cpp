#include "diagnosis/readings.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace weir::diagnosis {
namespace {

// Figures that differ by so much from those of the second before: the network has changed.
constexpr double other = 1.25;
// So few packets tell nothing.
constexpr double few = 20;
// What a process takes for a packet only counts if that is more than this of a unit's time: of less
// it is uneven, and limits nothing.
constexpr double used_least = 0.05;
// A source that is held back for more of its time than this shows no pace.
constexpr double free_least = 0.2;

double since(std::uint64_t before, std::uint64_t now) noexcept {
  return now > before ? static_cast<double>(now - before) : 0;
}

bool differ(double a, double b) noexcept {
  return a > 0 && b > 0 && (a > other * b || b > other * a);
}

/// What a process did between two readings.
struct Span {
  Span(const ProcessReading& from, const ProcessReading& to)
      : in(since(from.in, to.in)), out(since(from.out, to.out)) {
    const auto ns = [&](runtime::UnitState state) {
      const auto at = static_cast<std::size_t>(state);
      return since(from.time_ns[at], to.time_ns[at]);
    };
    used = ns(runtime::UnitState::busy) + ns(runtime::UnitState::waiting);
    free = used + ns(runtime::UnitState::starved);
    all = free + ns(runtime::UnitState::blocked) + ns(runtime::UnitState::throttled) +
          ns(runtime::UnitState::ready);
  }

  double in;
  double out;
  double used = 0;
  double free = 0;
  double all = 0;
};

bool differ(const Span& a, const Span& b, bool source) noexcept {
  if (source) {
    const bool shows = a.free > free_least * a.all && b.free > free_least * b.all;
    return shows && std::min(a.out, b.out) > few && differ(a.out / a.free, b.out / b.free);
  }
  if (std::min(a.in, b.in) < few) return false;
  const bool works = a.used > used_least * a.all || b.used > used_least * b.all;
  return (works && differ(a.used / a.in, b.used / b.in)) ||
         (std::min(a.out, b.out) > few && differ(a.out / a.in, b.out / b.in));
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
    if (last.generation != reading.generation) kept_.clear();
    if (!units) old_ = kept_.size();
  }
  kept_.push_back(std::move(reading));
  if (kept_.size() > window_most) drop(1);
  // What lies between the old and the new is neither; but who is tuned all the time would never
  // have a second of figures.
  if (old_ != 0) drop(std::min(old_, kept_.size() - std::min(kept_.size(), window_least)));
  if (changed()) drop(kept_.size() - window_least);
}

void Readings::drop(std::size_t count) {
  kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(count));
  old_ -= std::min(old_, count);
}

// The last second compared with the one before.
bool Readings::changed() const {
  const std::size_t ticks = window_least - 1;
  if (kept_.size() < window_least + ticks) return false;
  const Reading& c = kept_.back();
  const Reading& b = kept_[kept_.size() - 1 - ticks];
  const Reading& a = kept_[kept_.size() - 1 - 2 * ticks];
  for (std::size_t i = 0; i < c.processes.size(); ++i) {
    const bool source = c.processes[i].in == 0;
    const Span before(a.processes[i], b.processes[i]);
    if (differ(before, Span(b.processes[i], c.processes[i]), source)) return true;
  }
  return false;
}

Window Readings::window() const {
  Window window{kept_.front(), kept_.back(), {}, {}, 0};
  const auto count = static_cast<double>(kept_.size());
  for (const Reading& reading : kept_) window.memory_held += reading.memory_holds ? 1 / count : 0;
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
