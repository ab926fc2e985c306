#include "tuning/concurrency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "tuning/allocation.hpp"

namespace weir::tuning {
namespace {

// A step of growth: from one unit to a thousand in five.
constexpr double most_growth = 4;
// Growth that is foreseen to bring, or has brought, less than this is not worth a change.
constexpr double worth = 1.03;
// Units used beyond which a process may be what limits.
constexpr double limiting = 0.95;
// A source that is held back for more than this share of its time could send more.
constexpr double held_back_least = 0.02;
// A backlog is to be gone after so many seconds.
constexpr double drain_s = 1;
constexpr Duration shrink_every = std::chrono::seconds(1);
// A process that would use more of its units than this after a change is not made smaller.
constexpr double shrink_to = 0.7;
constexpr Duration first_lock = std::chrono::seconds(60);
constexpr Duration longest_lock = std::chrono::hours(1);
// Work that has changed by so much is new work.
constexpr double new_work = 0.1;
constexpr double smoothing = 0.1;
constexpr double tick_s = 0.1;

bool differs(double a, double b) noexcept {
  return std::abs(a - b) > new_work * std::max(std::abs(a), std::abs(b));
}

}  // namespace

ConcurrencyLaw::ConcurrencyLaw(std::vector<Place> places)
    : places_(std::move(places)), memory_(places_.size()) {}

void ConcurrencyLaw::lock(std::size_t process, unsigned ceiling, Time now) {
  Memory& memory = memory_[process];
  memory.ceiling = ceiling;
  memory.until = now + memory.next_lock;
  memory.next_lock = std::min<Duration>(2 * memory.next_lock, longest_lock);
  memory.locked_pps = memory.pps;
  memory.locked_service_s = memory.service_s;
  memory.locked_errors = memory.errors;
}

// What is known of each process beyond the last few ticks.
void ConcurrencyLaw::remember(const Rates& rates, Time now) {
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const ProcessRates& process = rates.processes[i];
    Memory& memory = memory_[i];
    if (process.handled_pps == 0 && memory.pps == 0) continue;
    const double weight = memory.pps == 0 ? 1 : smoothing;
    memory.pps += weight * (process.handled_pps - memory.pps);
    memory.errors += weight * (process.errors - memory.errors);
    if (const auto service = process.service_s()) {
      memory.service_s += weight * (*service - memory.service_s);
    }
    memory.peak = std::max(memory.peak, process.used());
    if (memory.ceiling == 0) continue;
    if (now >= memory.until) {
      memory.ceiling = 0;
    } else if (differs(memory.pps, memory.locked_pps) ||
               differs(memory.service_s, memory.locked_service_s) ||
               std::abs(memory.errors - memory.locked_errors) > new_work) {
      memory.ceiling = 0;
      memory.next_lock = first_lock;
    }
  }
}

// Units that the process may have now.
unsigned ConcurrencyLaw::most(std::size_t process, Time) {
  const Memory& memory = memory_[process];
  return memory.ceiling == 0 ? places_[process].most
                             : std::min(memory.ceiling, places_[process].most);
}

// The factor by which the flow can grow until something binds that units do not help against.
double ConcurrencyLaw::growth(const Rates& rates, const Machine& machine, Time now) {
  double factor = most_growth;
  double used = 0;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const double units = rates.processes[i].used();
    if (units <= 0) continue;
    used += units;
    const unsigned least = std::max(most(i, now), rates.processes[i].concurrency);
    factor = std::min(factor, least / units);
  }
  const double processors = std::max(machine.processors_used, rates.busy);
  if (processors > 0) factor = std::min(factor, machine.workers / processors);
  if (used > 0) factor = std::min(factor, machine.max_concurrency / used);
  return factor;
}

std::vector<UnitChange> ConcurrencyLaw::plan(const Rates& rates, const Machine& machine, Time now) {
  remember(rates, now);
  std::vector<UnitChange> changes = plan_growth(rates, machine, now);
  if (changes.empty()) changes = plan_shrinking(rates, now);
  // A packet that is in work must be able to come to its end, at the old and at the new pace.
  double longest_s = 0;
  for (const UnitChange& change : changes) {
    const ProcessRates& process = rates.processes[change.process];
    const double service_s = process.service_s().value_or(rates.seconds);
    memory_[change.process].planned_pps = process.handled_pps;
    memory_[change.process].planned_service_s = service_s;
    longest_s = std::max(longest_s, service_s);
  }
  ticks_to_judge_ = 2 + static_cast<unsigned>(std::min(600.0, std::ceil(3 * longest_s / tick_s)));
  return changes;
}

std::vector<UnitChange> ConcurrencyLaw::plan_growth(const Rates& rates, const Machine& machine,
                                                    Time now) {
  const double factor = rates.held_back > held_back_least ? growth(rates, machine, now) : 1;
  std::vector<Demand> demands(places_.size());
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const ProcessRates& process = rates.processes[i];
    const double used = process.used();
    demands[i] = {used, std::min(process.concurrency, places_[i].most), most(i, now)};
    demands[i].least = std::max(demands[i].least, places_[i].least);
    demands[i].most = std::max(demands[i].most, demands[i].least);
    // Errors scale only what exceeds the work itself: a process that fails often gets no more
    // units for it, but never fewer than it needs.
    const double health = 1 - std::min(1.0, process.errors);
    if (factor >= worth) demands[i].priority = used * (1 + (factor - 1) * health);
    const auto service_s = process.service_s();
    if (service_s && used > limiting * process.concurrency) {
      const double more = std::max(0.0, process.arrivals_pps - process.handled_pps);
      const double backlog = process.backlog / drain_s;
      const double behind = std::min((more + backlog) * *service_s, (most_growth - 1) * used);
      if (behind > (worth - 1) * used && rates.held_back <= held_back_least) {
        demands[i].priority = used + behind * health;
      }
    }
  }
  const std::vector<unsigned> units = allocate(demands, machine.max_concurrency);
  std::vector<UnitChange> changes;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const ProcessRates& process = rates.processes[i];
    const bool limits = demands[i].priority > limiting * process.concurrency;
    if (!limits || units[i] <= process.concurrency) continue;
    const double foreseen = std::min(demands[i].priority, static_cast<double>(units[i])) / process.used();
    if (foreseen < worth) continue;
    changes.push_back(
        {.process = i,
         .from = process.concurrency,
         .to = units[i],
         .why = fmt::format("{:.2f} of {} units used ({:.0f}% busy, {:.0f}% waiting), {:.0f} "
                            "packets/s, {:.0f} queued before it, sources held back {:.0f}%",
                            process.used(), process.concurrency,
                            100 * process.busy / process.concurrency,
                            100 * process.waiting / process.concurrency, process.handled_pps,
                            process.backlog, 100 * rates.held_back),
         .predicted_pps = process.handled_pps * foreseen});
  }
  return changes;
}

std::vector<UnitChange> ConcurrencyLaw::plan_shrinking(const Rates& rates, Time now) {
  std::vector<UnitChange> changes;
  if (now < next_shrink_) return changes;
  next_shrink_ = now + shrink_every;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const ProcessRates& process = rates.processes[i];
    Memory& memory = memory_[i];
    const double peak = std::max(memory.peak, memory.peak_before);
    memory.peak_before = std::exchange(memory.peak, process.used());
    if (process.concurrency <= places_[i].least) continue;
    const auto enough = static_cast<unsigned>(std::ceil(peak / shrink_to));
    const unsigned units = std::max(places_[i].least, enough);
    if (units > 0.75 * process.concurrency) continue;
    changes.push_back({.process = i,
                       .from = process.concurrency,
                       .to = units,
                       .why = fmt::format("at most {:.2f} of {} units used in the last seconds",
                                          peak, process.concurrency),
                       .predicted_pps = {}});
  }
  return changes;
}

void ConcurrencyLaw::judge(std::span<UnitChange> changes, const Rates& rates, Time now) {
  const bool brought = std::any_of(changes.begin(), changes.end(), [&](const UnitChange& change) {
    return rates.processes[change.process].handled_pps >=
           worth * memory_[change.process].planned_pps;
  });
  for (UnitChange& change : changes) {
    const ProcessRates& process = rates.processes[change.process];
    change.measured_pps = process.handled_pps;
    if (change.predicted_pps) {
      judge_growth(change, process, brought, now);
    } else if (process.used() > limiting * process.concurrency &&
               process.handled_pps * worth < memory_[change.process].planned_pps) {
      change.to = change.from;
      change.undone = true;
      memory_[change.process].peak_before = change.from;
    }
  }
}

void ConcurrencyLaw::judge_growth(UnitChange& change, const ProcessRates& process, bool brought,
                                  Time now) {
  const Memory& memory = memory_[change.process];
  const double gained = process.handled_pps / std::max(memory.planned_pps, 1e-9);
  const double foreseen = *change.predicted_pps / std::max(memory.planned_pps, 1e-9);
  if (!brought || gained < worth) {
    change.to = change.from;
    change.undone = true;
    lock(change.process, change.from, now);
    return;
  }
  const double service_s = process.service_s().value_or(memory.planned_service_s);
  const double slower = service_s / std::max(memory.planned_service_s, 1e-12);
  const bool used_up = process.used() > 0.9 * process.concurrency;
  if (gained > 0.5 * (1 + foreseen) || !used_up || slower < 1.2) return;
  // The units are used and each has become slower: beyond the knee they only wait for one another.
  // By Little's law the flow that was reached needs flow x the service time without the crowd.
  const double knee = process.handled_pps * memory.planned_service_s;
  const auto units = static_cast<unsigned>(std::ceil(1.1 * knee));
  change.to = std::clamp(units, change.from, change.to);
  lock(change.process, change.to, now);
}

}  // namespace weir::tuning
