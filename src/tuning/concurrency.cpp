#include "tuning/concurrency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <utility>

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
// Where no process has so many of its units in use, units are not what holds a source back: room
// is, or somebody else who has the processors for a moment.
constexpr double nearly_limiting = 0.75;
// A backlog is to be gone after so many seconds.
constexpr double drain_s = 1;
// One that is gone in so many seconds is left to itself.
constexpr double drain_most_s = 5;
constexpr Duration shrink_every = std::chrono::seconds(10);
// What a process is made smaller to, by its peak, and how much smaller that must be at least.
constexpr double shrink_to = 0.7;
constexpr double shrink_least = 0.6;
constexpr Duration longest_lock = std::chrono::hours(1);
constexpr Duration first_pause = std::chrono::seconds(1);
// Work that has changed by so much is new work.
constexpr double new_work = 0.1;
// The same shortly after a change, whose own effect must not count.
constexpr double other_work = 0.5;
constexpr double other_flow = 0.3;
// Of the newest of the usual ticks: the figures of about three seconds.
constexpr double smoothing = 0.03;
// Until then after a change the smoothed figures still show what was before it.
constexpr Duration baseline_after = std::chrono::seconds(10);
constexpr double most_s_to_judge = 60;
// So many packets say how fast a process is; where they do not come, a second must do.
constexpr double packets_to_judge = 50;
constexpr double s_for_few = 1;

bool limits(const Demand& demand, const ProcessRates& process) noexcept {
  return demand.priority > limiting * process.concurrency;
}

bool differs(double a, double b, double much) noexcept {
  return std::abs(a - b) > much * std::max(std::abs(a), std::abs(b));
}

}  // namespace

ConcurrencyLaw::ConcurrencyLaw(std::vector<Place> places)
    : places_(std::move(places)), memory_(places_.size()) {}

// What is in work when something changes has left after so many ticks.
std::size_t ConcurrencyLaw::ticks_for(double service_s) const noexcept {
  return ticks_in(std::min(3 * service_s, most_s_to_judge), tick_s_);
}

void ConcurrencyLaw::lock(std::size_t process, unsigned ceiling, Time now) {
  Memory& memory = memory_[process];
  lock_for(memory.next_lock, process, ceiling, now);
  memory.next_lock = std::min<Duration>(2 * memory.next_lock, longest_lock);
}

// What it could have done with more units did not show. It may try again at once, then more and
// more seldom.
void ConcurrencyLaw::postpone(std::size_t process, unsigned ceiling, Time now) {
  Memory& memory = memory_[process];
  const Duration pause = memory.next_pause;
  memory.next_pause = std::clamp<Duration>(2 * pause, first_pause, first_lock);
  if (pause != Duration::zero()) lock_for(pause, process, ceiling, now);
}

void ConcurrencyLaw::lock_for(Duration time, std::size_t process, unsigned ceiling, Time now) {
  Memory& memory = memory_[process];
  memory.ceiling = ceiling;
  memory.until = now + time;
  memory.baseline_at = now + baseline_after;
  memory.locked_service_s = memory.planned_service_s;
  memory.locked_pps = memory.planned_pps;
}

// A lock ends with its time, or when the work has changed.
void ConcurrencyLaw::check_lock(Memory& memory, const ProcessRates& process, Time now) {
  if (memory.ceiling == 0) return;
  if (now >= memory.until) {
    memory.ceiling = 0;
    return;
  }
  bool changed = false;
  if (now < memory.baseline_at) {
    // Back where it was, a packet costs something else than then: it was not the crowd.
    const double service_s = process.service_s().value_or(memory.locked_service_s);
    // Or the flow has become another since the attempt: what limited it then does so no more.
    changed = differs(service_s, memory.locked_service_s, other_work) ||
              differs(process.handled_pps, memory.locked_pps, other_flow);
  } else {
    if (memory.baseline_at != Time{}) {
      memory.locked_pps = memory.pps;
      memory.locked_service_s = memory.service_s;
      memory.locked_errors = memory.errors;
      memory.baseline_at = {};
    }
    changed = differs(memory.pps, memory.locked_pps, new_work) ||
              differs(memory.service_s, memory.locked_service_s, new_work) ||
              std::abs(memory.errors - memory.locked_errors) > new_work;
  }
  if (!changed) return;
  memory.ceiling = 0;
  memory.next_lock = first_lock;
}

// What is known of each process beyond the last few ticks.
void ConcurrencyLaw::remember(const Rates& rates, Time now) {
  const double newest = weight_of(smoothing, tick_s_);
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const ProcessRates& process = rates.processes[i];
    Memory& memory = memory_[i];
    if (process.handled_pps == 0 && memory.pps == 0) continue;
    const double weight = memory.pps == 0 ? 1 : newest;
    memory.pps += weight * (process.handled_pps - memory.pps);
    memory.errors += weight * (process.errors - memory.errors);
    if (const auto service = process.service_s()) {
      memory.service_s += weight * (*service - memory.service_s);
    }
    memory.peak = std::max(memory.peak, process.occupied());
    check_lock(memory, process, now);
  }
}

// Units that the process may have now.
unsigned ConcurrencyLaw::most(std::size_t process) const {
  const Memory& memory = memory_[process];
  return memory.ceiling == 0 ? places_[process].most
                             : std::min(memory.ceiling, places_[process].most);
}

// The factor by which the flow can grow until something binds that units do not help against.
double ConcurrencyLaw::growth(const Rates& rates, const Machine& machine) const {
  double factor = most_growth;
  double used = 0;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const double units = rates.processes[i].used();
    const double pps = rates.processes[i].handled_pps;
    if (places_[i].rate_pps > 0 && pps > 0) factor = std::min(factor, places_[i].rate_pps / pps);
    if (units <= 0) continue;
    used += units;
    const unsigned least = std::max(most(i), rates.processes[i].concurrency);
    factor = std::min(factor, least / units);
  }
  // Not what the whole program uses: timers and wake-ups cost less a packet with more in work.
  if (rates.busy > 0) factor = std::min(factor, machine.workers / rates.busy);
  if (used > 0) factor = std::min(factor, machine.max_concurrency / used);
  return factor;
}

std::vector<UnitChange> ConcurrencyLaw::plan(const Rates& rates, const Rates& second,
                                             const Machine& machine, Time now) {
  tick_s_ = machine.tick_s;
  remember(rates, now);
  std::vector<UnitChange> changes = plan_growth(rates, second, machine);
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
  ticks_to_judge_ = ticks_for(longest_s);
  return changes;
}

bool ConcurrencyLaw::can_judge(std::span<const UnitChange> changes, std::size_t ticks,
                               const Rates& rates) const {
  if (ticks < ticks_to_judge_) return false;
  if (ticks >= ticks_in(s_for_few, tick_s_)) return true;
  return std::all_of(changes.begin(), changes.end(), [&](const UnitChange& change) {
    return rates.processes[change.process].handled_pps * rates.seconds >= packets_to_judge;
  });
}

// The units that a process would use if nothing but units held it back.
Demand ConcurrencyLaw::demand_of(std::size_t index, const Rates& rates, double factor) const {
  const ProcessRates& process = rates.processes[index];
  const Place& place = places_[index];
  const double occupied = std::min(process.occupied(), static_cast<double>(process.concurrency));
  Demand demand{occupied, std::max(process.concurrency, place.least), most(index)};
  demand.most = std::max(demand.most, demand.least);
  // Errors scale only what exceeds the work itself: a process that fails often gets no more units
  // for it, but never fewer than it needs.
  const double health = 1 - std::min(1.0, process.errors);
  if (factor >= worth) demand.priority = occupied * (1 + (factor - 1) * health);
  const auto service_s = process.service_s();
  if (rates.held_back > held_back_least || !service_s ||
      occupied <= limiting * process.concurrency) {
    return demand;
  }
  // Its source is not held back yet: what counts is what comes in and what has gathered before it,
  // unless that is on its way out.
  const double drains = process.handled_pps - process.arrivals_pps;
  if (drains * drain_most_s > process.backlog) return demand;
  const double behind_pps = std::max(0.0, -drains) + process.backlog / drain_s;
  const double behind = std::min(behind_pps * *service_s, (most_growth - 1) * occupied);
  if (behind > (worth - 1) * occupied) demand.priority = occupied + behind * health;
  return demand;
}

std::vector<unsigned> ConcurrencyLaw::share_out(std::vector<Demand> demands, const Rates& second,
                                                unsigned total) const {
  std::vector<unsigned> units = allocate(demands, total);
  if (std::accumulate(units.begin(), units.end(), 0U) < total) return units;
  // There are not enough for all. Then what each uses of late says how they are to be divided, by
  // the seed's rule, and those that have more must give.
  for (std::size_t i = 0; i < places_.size(); ++i) {
    demands[i].priority = most_growth * second.processes[i].used();
    demands[i].least = places_[i].least;
  }
  return allocate(demands, total);
}

std::vector<UnitChange> ConcurrencyLaw::plan_growth(const Rates& rates, const Rates& second,
                                                    const Machine& machine) const {
  const bool held_by_units =
      rates.held_back > held_back_least &&
      std::any_of(rates.processes.begin(), rates.processes.end(), [](const ProcessRates& process) {
        return process.occupied() > nearly_limiting * process.concurrency;
      });
  const double factor = held_by_units ? growth(rates, machine) : 1;
  std::vector<Demand> demands;
  demands.reserve(places_.size());
  bool any = false;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    demands.push_back(demand_of(i, rates, factor));
    any = any || (limits(demands[i], rates.processes[i]) && demands[i].most > demands[i].least);
  }
  if (!any) return {};
  const std::vector<unsigned> units = share_out(demands, second, machine.max_concurrency);
  std::vector<UnitChange> changes;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const ProcessRates& process = rates.processes[i];
    UnitChange change;
    change.process = i;
    change.from = process.concurrency;
    change.to = units[i];
    if (units[i] > process.concurrency) {
      if (!limits(demands[i], process)) continue;
      const double occupied = std::min(demands[i].priority, static_cast<double>(units[i]));
      const double foreseen = occupied / process.occupied();
      if (foreseen < worth) continue;
      change.predicted_pps = process.handled_pps * foreseen;
    } else if (units[i] == process.concurrency) {
      continue;
    }
    change.why = fmt::format(
        "{:.2f} of {} units have work ({:.0f}% busy, {:.0f}% waiting), {:.0f} packets/s, {:.0f} "
        "queued before it, sources held back {:.0f}%",
        process.occupied(), process.concurrency, 100 * process.busy / process.concurrency,
        100 * process.waiting / process.concurrency, process.handled_pps, process.backlog,
        100 * rates.held_back);
    changes.push_back(std::move(change));
  }
  const auto grows = [](const UnitChange& change) { return change.predicted_pps.has_value(); };
  return std::any_of(changes.begin(), changes.end(), grows) ? changes : std::vector<UnitChange>();
}

std::vector<UnitChange> ConcurrencyLaw::plan_shrinking(const Rates& rates, Time now) {
  std::vector<UnitChange> changes;
  if (now < next_shrink_) return changes;
  // Not at the start.
  if (std::exchange(next_shrink_, now + shrink_every) == Time{}) return changes;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const ProcessRates& process = rates.processes[i];
    Memory& memory = memory_[i];
    const double peak = std::max(memory.peak, memory.peak_before);
    memory.peak_before = std::exchange(memory.peak, process.occupied());
    if (process.concurrency <= places_[i].least) continue;
    const auto enough = static_cast<unsigned>(std::ceil(peak / shrink_to));
    const unsigned units = std::max(places_[i].least, enough);
    if (units > shrink_least * process.concurrency) continue;
    UnitChange change;
    change.process = i;
    change.from = process.concurrency;
    change.to = units;
    change.why = fmt::format("at most {:.2f} of {} units occupied in the last seconds", peak,
                             process.concurrency);
    changes.push_back(std::move(change));
  }
  return changes;
}

void ConcurrencyLaw::judge(std::span<UnitChange> changes, const Rates& rates, Time now) {
  double longest_s = 0;
  for (UnitChange& change : changes) {
    const ProcessRates& process = rates.processes[change.process];
    longest_s = std::max(longest_s, process.service_s().value_or(rates.seconds));
    change.measured_pps = process.handled_pps;
    if (change.predicted_pps) {
      judge_growth(change, process, now);
    } else if (process.occupied() > limiting * process.concurrency &&
               process.handled_pps * worth < memory_[change.process].planned_pps) {
      change.to = change.from;
      memory_[change.process].peak_before = change.from;
    }
  }
  ticks_to_judge_ = ticks_for(longest_s);
}

void ConcurrencyLaw::judge_growth(UnitChange& change, const ProcessRates& process, Time now) {
  Memory& memory = memory_[change.process];
  const double gained = process.handled_pps / std::max(memory.planned_pps, 1e-9);
  const double foreseen = *change.predicted_pps / std::max(memory.planned_pps, 1e-9);
  if (gained < worth) {
    change.to = change.from;
    if (process.occupied() < limiting * process.concurrency) {
      // Others hold it back or leave it without input by now.
      postpone(change.process, change.from, now);
    } else {
      lock(change.process, change.from, now);
    }
    return;
  }
  memory.next_pause = {};
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
