#include "tuning/tuner.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include "tuning/capacity.hpp"
#include "tuning/concurrency.hpp"
#include "tuning/history.hpp"

namespace weir::tuning {
namespace {

using runtime::NetworkFigures;

// Ticks without any movement until there is nothing to look at.
constexpr unsigned ticks_until_idle = 10;
// Rates for a plan are those of so many ticks at most: more would be slow to see a change.
constexpr std::size_t plan_ticks = 5;

bool moved(const NetworkFigures& before, const NetworkFigures& now) {
  for (std::size_t i = 0; i < now.processes.size(); ++i) {
    const runtime::ProcessFigures& a = before.processes[i];
    const runtime::ProcessFigures& b = now.processes[i];
    if (a.in != b.in || a.out != b.out || a.errors != b.errors) return true;
  }
  return false;
}

}  // namespace

struct Tuner::Impl {
  Impl(runtime::Network& tuned, unsigned threads, DecisionLog& decisions, TunerOptions chosen)
      : network(tuned), workers(threads), log(decisions), options(std::move(chosen)) {}

  void tick();
  bool look();
  void begin_generation();
  double tick_s() const { return std::chrono::duration<double>(options.tick).count(); }
  double processors_used() const;
  Rates rates_of(std::size_t ticks) const;
  void tune_concurrency(Time now);
  void plan(Time now, std::size_t ticks);
  void judge(Time now, const Rates& rates);
  bool set_concurrency(const UnitChange& change, unsigned units);
  void record(const UnitChange& change, unsigned tried);
  void tune_capacities();

  runtime::Network& network;
  const unsigned workers;
  DecisionLog& log;
  const TunerOptions options;

  std::shared_ptr<const graph::Graph> graph;
  std::uint64_t generation = 0;
  std::vector<Place> places;
  std::optional<ConcurrencyLaw> law;
  std::optional<Capacities> capacities;
  History history;
  // At the last reading and the one before.
  Duration processor_time{};
  Duration processor_time_before{};
  std::vector<UnitChange> pending;
  std::size_t since_change = 0;
  unsigned idle = 0;
  std::atomic<bool> rests{false};
};

void Tuner::Impl::begin_generation() {
  std::tie(graph, generation) = network.graph();
  places = places_of(*graph, options.max_concurrency);
  law.emplace(places);
  capacities.emplace(*graph, places, options.memory, tick_s());
  pending.clear();
  since_change = 0;
  history.clear();
}

// Takes a reading. False if there is nothing to compare it with.
bool Tuner::Impl::look() {
  network.read(history.next());
  if (!history.at(0).running) {
    history.clear();
    return false;
  }
  if (history.at(0).generation != generation) {
    begin_generation();
    network.read(history.next());
    if (history.at(0).generation != generation) return false;
  }
  processor_time_before = processor_time;
  if (options.processor_time) processor_time = options.processor_time();
  if (history.size() < 2) return false;
  idle = moved(history.at(1), history.at(0)) ? 0 : idle + 1;
  if (idle >= ticks_until_idle) {
    // An idle program keeps no figures.
    history.clear();
    since_change = 0;
    return false;
  }
  return idle == 0 || !pending.empty();
}

void Tuner::Impl::tick() {
  if (rests.load(std::memory_order_acquire)) {
    history.clear();
    pending.clear();
    since_change = 0;
    return;
  }
  if (!look()) return;
  ++since_change;
  tune_concurrency(history.at(0).at);
  tune_capacities();
}

// In the last tick, by the whole program.
double Tuner::Impl::processors_used() const {
  const Duration passed = history.at(0).at - history.at(1).at;
  const Duration used = processor_time - processor_time_before;
  return passed.count() > 0
             ? static_cast<double>(used.count()) / static_cast<double>(passed.count())
             : 0;
}

Rates Tuner::Impl::rates_of(std::size_t ticks) const {
  return rates_between(history.at(ticks), history.at(0), places);
}

void Tuner::Impl::tune_concurrency(Time now) {
  // The tick in which something was changed shows neither the old nor the new.
  if (since_change < 2) return;
  const std::size_t ticks = std::min(since_change - 1, history.size() - 1);
  if (!pending.empty()) {
    const Rates rates = rates_of(ticks);
    if (!law->can_judge(pending, since_change - 1, rates)) return;
    judge(now, rates);
    if (since_change == 0) return;
  } else if (since_change - 1 < law->ticks_to_settle()) {
    return;
  }
  plan(now, std::min(ticks, plan_ticks));
}

void Tuner::Impl::plan(Time now, std::size_t ticks) {
  const Machine machine{workers, options.max_concurrency, tick_s()};
  std::vector<UnitChange> changes =
      law->plan(rates_of(ticks), rates_of(History::most), machine, now);
  for (UnitChange& change : changes) {
    if (!set_concurrency(change, change.to)) continue;
    log.count_probe();
    pending.push_back(std::move(change));
  }
  if (!changes.empty()) since_change = 0;
}

void Tuner::Impl::judge(Time now, const Rates& rates) {
  std::vector<UnitChange> judged = std::exchange(pending, {});
  std::vector<unsigned> tried;
  tried.reserve(judged.size());
  for (const UnitChange& change : judged) tried.push_back(change.to);
  law->judge(judged, rates, now);
  for (std::size_t i = 0; i < judged.size(); ++i) {
    if (judged[i].to != tried[i]) {
      set_concurrency(judged[i], judged[i].to);
      since_change = 0;
    }
    record(judged[i], tried[i]);
  }
}

bool Tuner::Impl::set_concurrency(const UnitChange& change, unsigned units) {
  const std::string& name = graph->processes[change.process].name;
  try {
    if (network.set_concurrency(name, units)) return true;
  } catch (const std::exception& error) {
    spdlog::warn("process {}: cannot have {} units: {}", name, units, error.what());
  }
  law->refused(change, history.at(0).at);
  return false;
}

// A probe that was taken back is counted, and no decision.
void Tuner::Impl::record(const UnitChange& change, unsigned tried) {
  const std::string& name = graph->processes[change.process].name;
  if (change.undone()) {
    spdlog::debug(
        "tuning: process {}: {} units instead of {} brought nothing ({:.0f} packets/s); "
        "taken back",
        name, tried, change.from, change.measured_pps);
    return;
  }
  spdlog::debug("tuning: process {}: concurrency {} -> {}: {}", name, change.from, change.to,
                change.why);
  Decision decision;
  decision.process = name;
  decision.what = "concurrency";
  decision.from = change.from;
  decision.to = change.to;
  decision.why = change.why;
  decision.predicted_pps = change.predicted_pps;
  if (change.predicted_pps) decision.measured_pps = change.measured_pps;
  log.add(std::move(decision));
}

void Tuner::Impl::tune_capacities() {
  const Rates last = rates_of(1);
  const double busy = std::max(last.busy, processors_used());
  for (const SizeChange& change : capacities->plan(history, last, workers - busy)) {
    network.set_capacity(graph->connections[change.connection].name, change.to);
  }
  for (SizeOutcome& outcome : capacities->settled(last)) {
    Decision decision;
    decision.connection = graph->connections[outcome.change.connection].name;
    decision.what = "capacity";
    decision.from = outcome.change.from;
    decision.to = outcome.change.to;
    decision.why = std::move(outcome.why);
    decision.predicted_pps = outcome.predicted_pps;
    if (outcome.predicted_pps) decision.measured_pps = outcome.measured_pps;
    spdlog::debug("tuning: connection {}: capacity {} -> {}: {}", decision.connection,
                  decision.from, decision.to, decision.why);
    log.add(std::move(decision));
  }
}

Tuner::Tuner(runtime::Network& network, unsigned workers, DecisionLog& log, TunerOptions options)
    : impl_(std::make_unique<Impl>(network, workers, log, std::move(options))) {}

Tuner::~Tuner() = default;

void Tuner::tick() {
  impl_->tick();
}

void Tuner::rest(bool rests) noexcept {
  impl_->rests.store(rests, std::memory_order_release);
}

bool Tuner::active() const noexcept {
  return impl_->idle < ticks_until_idle;
}

}  // namespace weir::tuning
