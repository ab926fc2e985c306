#include "diagnosis/capacity_model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace weir::diagnosis {
namespace {

using runtime::UnitState;

constexpr double endless = std::numeric_limits<double>::infinity();
// A source that is free for less of its time than this cannot be seen to have a pace.
constexpr double least_free = 0.002;
// So many sources are told apart; of more, all are taken for one.
constexpr std::size_t sources_most = 64;

}  // namespace

CapacityModel::CapacityModel(const graph::Graph& graph, const Measured& measured,
                             const Machine& machine, const std::vector<tuning::Place>& places)
    : cores_(machine.cores > 0 ? machine.cores : endless) {
  for (std::size_t i = 0; i < measured.processes.size(); ++i) {
    const ProcessMeasured& process = measured.processes[i];
    if (process.source && !process.ended) sources_.push_back(i);
    busy_s_.push_back(process.busy_s);
    service_s_.push_back(process.service_s());
  }
  const std::size_t count = measured.processes.size();
  if (sources_.size() <= sources_most) {
    for (const std::size_t source : sources_) {
      visits_.emplace_back(count)[source] = 1;
      measured_.push_back(measured.processes[source].weight_pps);
    }
    visits_ = visits_of(graph, measured.paths, std::move(visits_), false);
  }
  const auto unknown = [](const std::vector<double>& visits) { return visits.empty(); };
  if (sources_.size() > sources_most || std::any_of(visits_.begin(), visits_.end(), unknown)) {
    visits_.assign(1, {});
    measured_.assign(1, measured.source_pps);
    for (const ProcessMeasured& process : measured.processes) {
      visits_[0].push_back(process.visits);
    }
  }
  add_sources(measured, places);
  add_processes(measured, places);
  add_shared(measured, machine);
}

void CapacityModel::add(Bound::What what, std::size_t index, double capacity, double used,
                        std::vector<double> takes) {
  const bool taken = std::any_of(takes.begin(), takes.end(), [](double each) { return each > 0; });
  if (!taken || capacity >= endless) return;
  bounds_.push_back({what, index, capacity, used, std::move(takes)});
}

// What a source would send if nothing held it back: it is measured while nothing does.
void CapacityModel::add_sources(const Measured& measured,
                                const std::vector<tuning::Place>& places) {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const ProcessMeasured& source = measured.processes[sources_[i]];
    const double held = source.of(UnitState::blocked) + source.of(UnitState::throttled) +
                        source.of(UnitState::ready);
    const double free = source.all_units() > 0 ? 1 - held / source.all_units() : 1;
    const double offered =
        free < least_free || source.handled_pps <= 0 ? endless : source.handled_pps / free;
    std::vector<double> takes(visits_.size());
    takes[visits_.size() == sources_.size() ? i : 0] =
        visits_.size() == sources_.size() ? 1 : visits_[0][sources_[i]];
    const double pace = places[sources_[i]].pace_pps;
    if (pace > 0 && source.handled_pps > 0) {
      add(Bound::What::pace, sources_[i], pace, source.handled_pps, takes);
    }
    add(Bound::What::offered, sources_[i], offered, source.handled_pps, std::move(takes));
  }
}

void CapacityModel::add_processes(const Measured& measured,
                                  const std::vector<tuning::Place>& places) {
  for (std::size_t i = 0; i < measured.processes.size(); ++i) {
    const ProcessMeasured& process = measured.processes[i];
    std::vector<double> visits;
    for (const std::vector<double>& of_source : visits_) visits.push_back(of_source[i]);
    if (places[i].rate_pps > 0) {
      add(Bound::What::rate, i, places[i].rate_pps, process.handled_pps, visits);
    }
    // A source's units are in what it offers.
    if (process.source || service_s_[i] <= 0) continue;
    for (double& each : visits) each *= service_s_[i];
    add(Bound::What::units, i, process.concurrency, process.used(), std::move(visits));
  }
}

void CapacityModel::add_shared(const Measured& measured, const Machine& machine) {
  const std::size_t count = visits_.size();
  std::vector<double> in_flight(count);
  std::vector<double> processors(count);
  // What the program uses beside its units (scheduling, timers, queues) comes with their work.
  const double beside =
      measured.busy > 0 ? std::max(1.0, measured.processors_used / measured.busy) : 1;
  for (std::size_t q = 0; q < count; ++q) {
    for (std::size_t i = 0; i < measured.processes.size(); ++i) {
      in_flight[q] += visits_[q][i] * service_s_[i];
      processors[q] += visits_[q][i] * busy_s_[i] * beside;
    }
  }
  for (std::size_t k = 0; k < measured.pools.size(); ++k) {
    std::vector<double> held(count);
    for (const PoolMeasured::Use& use : measured.pools[k].uses) {
      for (std::size_t q = 0; q < count; ++q) held[q] += visits_[q][use.process] * use.held_s;
    }
    double used = 0;
    for (const PoolMeasured::Use& use : measured.pools[k].uses) used += use.held;
    add(Bound::What::pool, k, measured.pools[k].max, used, std::move(held));
  }
  double units = 0;
  for (const ProcessMeasured& process : measured.processes) units += process.used();
  add(Bound::What::total, 0, machine.max_concurrency, units, std::move(in_flight));
  add(Bound::What::cores, 0, machine.processors, measured.used(), std::move(processors));
}

void CapacityModel::scale_service(std::size_t process, double factor) {
  for (Bound& bound : bounds_) {
    const auto less = [&](double of_each) {
      for (std::size_t q = 0; q < bound.takes.size(); ++q) {
        bound.takes[q] -= (1 - factor) * visits_[q][process] * of_each;
      }
    };
    switch (bound.what) {
      case Bound::What::units:
        if (bound.index == process) less(service_s_[process]);
        break;
      case Bound::What::total: less(service_s_[process]); break;
      case Bound::What::cores: less(busy_s_[process]); break;
      case Bound::What::offered:
        // A source that is faster offers more.
        if (bound.index == process) bound.capacity /= factor;
        break;
      case Bound::What::pace:
      case Bound::What::rate:
      case Bound::What::pool: break;
    }
  }
}

CapacityModel CapacityModel::with(const Change& change) const {
  CapacityModel model = *this;
  const auto set = [&](Bound::What what, double capacity) {
    for (Bound& bound : model.bounds_) {
      if (bound.what == what && (what == Bound::What::cores || bound.index == change.index)) {
        bound.capacity = capacity;
      }
    }
  };
  switch (change.what) {
    case Change::What::concurrency: set(Bound::What::units, change.value); break;
    case Change::What::service: model.scale_service(change.index, change.value); break;
    case Change::What::rate: set(Bound::What::rate, change.value); break;
    case Change::What::pool_max: set(Bound::What::pool, change.value); break;
    case Change::What::workers: set(Bound::What::cores, std::min(change.value, cores_)); break;
    case Change::What::cores: set(Bound::What::cores, change.value); break;
  }
  return model;
}

std::vector<double> CapacityModel::present(const Solution& solution) const {
  std::vector<double> flows = measured_;
  for (std::size_t q = 0; q < flows.size(); ++q) {
    if (!solution.held_by[q]) continue;
    const Bound& bound = bounds_[*solution.held_by[q]];
    flows[q] = solution.sources[q] * bound.used / bound.capacity;
  }
  return flows;
}

Solution CapacityModel::fill(std::optional<std::size_t> without) const {
  const std::size_t count = measured_.size();
  Solution solution;
  solution.sources.assign(count, 0);
  solution.held_by.assign(count, std::nullopt);
  std::vector<double> weights = measured_;
  if (std::all_of(weights.begin(), weights.end(), [](double each) { return each <= 0; })) {
    weights.assign(count, 1);
  }
  std::vector<bool> held(count, false);
  for (std::size_t round = 0; round < count; ++round) {
    double least = endless;
    std::optional<std::size_t> binding;
    for (std::size_t b = 0; b < bounds_.size(); ++b) {
      if (b == without) continue;
      double fixed = 0;
      double growing = 0;
      for (std::size_t q = 0; q < count; ++q) {
        (held[q] ? fixed : growing) +=
            bounds_[b].takes[q] * (held[q] ? solution.sources[q] : weights[q]);
      }
      if (growing <= 0) continue;
      const double factor = std::max(0.0, bounds_[b].capacity - fixed) / growing;
      if (factor >= least) continue;
      least = factor;
      binding = b;
    }
    bool any = false;
    for (std::size_t q = 0; q < count; ++q) {
      if (held[q] || (binding && bounds_[*binding].takes[q] <= 0)) continue;
      held[q] = true;
      any = true;
      solution.sources[q] = binding ? least * weights[q] : measured_[q];
      solution.held_by[q] = binding;
    }
    if (!any || !binding) break;
  }
  for (const double each : solution.sources) solution.total_pps += each;
  return solution;
}

Solution CapacityModel::solve() const {
  Solution solution = fill({});
  double most = -1;
  for (const std::optional<std::size_t>& bound : solution.held_by) {
    if (!bound || bound == solution.root) continue;
    const double gained = fill(bound).total_pps;
    if (gained <= most) continue;
    most = gained;
    solution.root = bound;
  }
  return solution;
}

}  // namespace weir::diagnosis
