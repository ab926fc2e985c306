#include "diagnosis/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <set>

#include "diagnosis/limits.hpp"
#include "diagnosis/symptoms.hpp"
#include "graph/keys.hpp"

namespace weir::diagnosis {
namespace {

using runtime::UnitState;

constexpr std::size_t proposals_most = 5;
// Processes whose work is proposed to be made less where the processors are the limit.
constexpr std::size_t heaviest = 3;
constexpr double worth = 1.005;
// A bound of which less is in use holds nobody.
constexpr double used_least = 0.5;
// A bound of which less is in use is not what limits, where something else could.
constexpr double used_up = 0.93;
// Of the time, in which the memory budget holds sources; and of the processors, which others have.
constexpr double held_least = 0.5;
constexpr double taken_least = 0.05;
// Others limit the graph if less than this of what is possible flows because of them.
constexpr double taken_worth = 0.85;
// Units beyond what would just do, so that something else limits for certain.
constexpr double ample = 1.1;

/// Tries changes on the model.
class Proposals {
 public:
  /// `throughput_pps` is what flows now.
  Proposals(const Basis& basis, const Measured& measured, const CapacityModel& model,
            const Solution& now, double throughput_pps)
      : basis_(basis),
        measured_(measured),
        model_(model),
        now_(now),
        throughput_pps_(throughput_pps) {}

  std::vector<Proposal> make() {
    std::set<std::size_t> binding;
    for (const std::optional<std::size_t>& bound : now_.held_by) {
      if (bound) binding.insert(*bound);
    }
    for (const std::size_t bound : binding) propose_for(bound);
    std::stable_sort(found_.begin(), found_.end(), [](const Proposal& a, const Proposal& b) {
      return a.throughput_pps > b.throughput_pps;
    });
    const auto same = [](const Proposal& a, const Proposal& b) {
      return to_text(a.change) == to_text(b.change);
    };
    found_.erase(std::unique(found_.begin(), found_.end(), same), found_.end());
    if (found_.size() > proposals_most) found_.resize(proposals_most);
    return std::move(found_);
  }

  Proposal try_out(const Change& change) const {
    const CapacityModel changed = model_.with(change);
    const Solution then = changed.solve();
    Proposal proposal;
    proposal.change = change;
    proposal.gain = now_.total_pps > 0 ? then.total_pps / now_.total_pps : 1;
    proposal.throughput_pps = proposal.gain * throughput_pps_;
    if (then.root) {
      proposal.then = limit(changed, *then.root);
    }
    return proposal;
  }

 private:
  void add(const Change& change) {
    Proposal proposal = try_out(change);
    if (proposal.gain > worth) found_.push_back(std::move(proposal));
  }

  void propose_for(std::size_t binding) {
    const Bound& bound = model_.bounds()[binding];
    switch (bound.what) {
      case Bound::What::units:
        propose_units(bound.index);
        add_service(bound.index);
        break;
      case Bound::What::offered:
        if (limit(model_, binding).kind == Kind::cpu) add_service(bound.index);
        break;
      case Bound::What::pace: break;
      case Bound::What::rate:
        add({Change::What::rate, bound.index, name(bound.index), 2 * bound.capacity});
        break;
      case Bound::What::pool:
        add({Change::What::pool_max, bound.index, measured_.pools[bound.index].name,
             2 * bound.capacity});
        for (const PoolMeasured::Use& use : measured_.pools[bound.index].uses) {
          add_service(use.process);
        }
        break;
      case Bound::What::total: break;
      case Bound::What::cores: propose_for_cores(bound.capacity); break;
    }
  }

  // As many as it takes until something else limits, or as it may have.
  void propose_units(std::size_t index) {
    const ProcessMeasured& process = measured_.processes[index];
    if (!process.may_share) return;
    Change change{Change::What::concurrency, index, name(index), process.concurrency + 1.0};
    const Solution endless =
        model_.with({Change::What::concurrency, index, name(index), 1e9}).solve();
    if (now_.total_pps > 0) {
      const double enough =
          std::ceil(ample * process.concurrency * endless.total_pps / now_.total_pps);
      // A graph file cannot ask for more.
      change.value = std::clamp<double>(enough, change.value,
                                        std::max<double>(change.value, graph::concurrency_max));
    }
    const unsigned most = process.concurrency_most;
    if (most > process.concurrency) change.value = std::min<double>(change.value, most);
    add(change);
  }

  // More workers than the machine has processors bring nothing.
  void propose_for_cores(double processors) {
    const double cores = basis_.machine.cores;
    if (cores <= 0 || processors < cores) {
      add({Change::What::workers, 0, "workers", std::floor(processors) + 1});
    } else {
      add({Change::What::cores, 0, "cores", cores + 1});
    }
    std::vector<std::size_t> order(measured_.processes.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    const std::size_t count = std::min(heaviest, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count),
                      order.end(), [this](std::size_t a, std::size_t b) {
                        return measured_.processes[a].of(UnitState::busy) >
                               measured_.processes[b].of(UnitState::busy);
                      });
    for (std::size_t i = 0; i < count; ++i) add_service(order[i]);
  }

  void add_service(std::size_t index) { add({Change::What::service, index, name(index), 0.5}); }
  const std::string& name(std::size_t index) const { return basis_.graph.processes[index].name; }
  Limit limit(const CapacityModel& model, std::size_t bound) const {
    return limit_of(basis_.graph, measured_, basis_.machine, model, bound);
  }

  const Basis& basis_;
  const Measured& measured_;
  const CapacityModel& model_;
  const Solution& now_;
  const double throughput_pps_;
  std::vector<Proposal> found_;
};

void fill_machine(Report& report, const Machine& machine, const Measured& measured) {
  MachineReport& entry = report.machine;
  entry.processors = machine.processors;
  entry.cores = machine.cores > 0 ? machine.cores : machine.processors;
  entry.used = measured.used();
  entry.taken = measured.taken(machine);
  entry.pressure = measured.pressure;
}

// What the model does not know: who else is on the machine, and the memory budget. Either holds the
// graph back where no bound is used up. The limit that is the root without it, else.
Limit limit_from_outside(Report& report, const Basis& basis, const Measured& measured,
                         const CapacityModel& model, const Solution& solution) {
  Limit root = limit_of(basis.graph, measured, basis.machine, model, *solution.root);
  const Bound& bound = model.bounds()[*solution.root];
  const double use = bound.used / bound.capacity;
  if (use < used_up && measured.memory_held > held_least) {
    return limit_of_memory(basis.graph, measured);
  }
  const bool taken = report.machine.taken > taken_least * basis.machine.processors;
  if (!taken || report.throughput_pps > used_up * solution.total_pps) return root;
  report.machine.without_pps = solution.total_pps;
  if (report.throughput_pps <= taken_worth * solution.total_pps) {
    return limit_of_others(report.machine, root);
  }
  root.explanation += "; " + others_text(report.machine);
  return root;
}

void fill_sources(Report& report, const Basis& basis, const std::vector<double>& flows,
                  const CapacityModel& model, const Solution& solution, const Measured& measured) {
  const bool each = solution.sources.size() == model.sources().size();
  for (std::size_t i = 0; i < model.sources().size(); ++i) {
    const std::size_t source = model.sources()[i];
    SourceReport entry;
    entry.name = basis.graph.processes[source].name;
    entry.throughput_pps = each ? flows[i] : measured.processes[source].handled_pps;
    const std::optional<std::size_t> bound = solution.held_by[each ? i : 0];
    if (bound) {
      entry.limit = limit_of(basis.graph, measured, basis.machine, model, *bound).process;
    }
    report.sources.push_back(std::move(entry));
  }
}

// Nothing has left the sources, and what else moved (a process that reports by the clock, the rest
// of a burst) came nowhere near a bound.
bool is_idle(const Measured& measured, const CapacityModel& model, const Solution& solution) {
  if (measured.source_pps > 0) return false;
  if (!solution.root) return true;
  const Bound& root = model.bounds()[*solution.root];
  return root.used < used_least * root.capacity;
}

std::string foretell(const Limit& limit, double throughput_pps) {
  const std::string who = limit.process.empty() ? "the machine" : limit.process;
  return fmt::format("then {} packets/s leave the sources, and {} is what limits ({})",
                     with_commas(throughput_pps), who, to_string(limit.kind));
}

Limit growing_loop(const graph::Graph& graph, const std::vector<std::size_t>& loop) {
  Limit limit;
  limit.kind = Kind::deadlock;
  for (const std::size_t process : loop) limit.cycle.push_back(graph.processes[process].name);
  limit.explanation = fmt::format(
      "the cycle {} -> {} sends round at least as many packets as it takes in, so it never gets "
      "empty: let fewer go back",
      fmt::join(limit.cycle, " -> "), limit.cycle.front());
  return limit;
}

}  // namespace

std::string_view to_string(Kind kind) noexcept {
  constexpr std::array<std::string_view, 9> words{"cpu",    "cores", "waiting",  "resource", "rate",
                                                  "source", "sink",  "deadlock", "memory"};
  return words[static_cast<std::size_t>(kind)];
}

std::string_view to_string(Unknown reason) noexcept {
  constexpr std::array<std::string_view, 4> words{"", "starting", "idle", "no_source"};
  return words[static_cast<std::size_t>(reason)];
}

void fill_processes(Report& report, const graph::Graph& graph, const Measured& measured) {
  for (std::size_t i = 0; i < measured.processes.size(); ++i) {
    const ProcessMeasured& process = measured.processes[i];
    ProcessReport entry;
    entry.name = graph.processes[i].name;
    const double units = process.all_units();
    for (std::size_t state = 0; state < runtime::unit_states; ++state) {
      entry.state[state] = units > 0 ? process.units[state] / units : 0;
    }
    // One that has not run yet has nothing to do.
    if (units <= 0) entry.state[static_cast<std::size_t>(UnitState::starved)] = 1;
    entry.service_s = process.service_s();
    entry.visits = process.visits;
    if (entry.service_s > 0) entry.capacity_pps = process.concurrency / entry.service_s;
    entry.throughput_pps = process.handled_pps;
    entry.concurrency = process.concurrency;
    entry.concurrency_max = process.concurrency_most;
    entry.errors = process.errors;
    report.processes.push_back(std::move(entry));
  }
}

Report make_unknown(const graph::Graph& graph, std::uint64_t generation, Unknown reason) {
  Report report;
  report.graph = graph.name;
  report.generation = generation;
  report.reason = reason;
  return report;
}

Report make_report(const Basis& basis, const Window& window, const std::vector<Change>& asked) {
  const Measured measured = measure(basis.graph, basis.places, window);
  Report report = make_unknown(basis.graph, window.to.generation, Unknown::none);
  report.window_s = measured.seconds;
  fill_processes(report, basis.graph, measured);
  const CapacityModel now(basis.graph, measured, basis.machine, basis.places);
  CapacityModel model = now;
  if (model.sources().empty()) {
    report.throughput_pps = measured.source_pps;
    report.reason = std::any_of(basis.places.begin(), basis.places.end(),
                                [](const tuning::Place& place) { return place.source; })
                        ? Unknown::idle
                        : Unknown::no_source;
    return report;
  }
  const Solution before = model.solve();
  if (measured.growing_loop.empty() && is_idle(measured, now, before)) {
    report.reason = Unknown::idle;
    return report;
  }
  for (const Change& change : asked) model = model.with(change);
  const Solution solution = model.solve();
  report.asked = asked;
  const std::vector<double> flows = now.present(before);
  report.throughput_pps = std::accumulate(flows.begin(), flows.end(), 0.0);
  if (!asked.empty() && before.total_pps > 0) {
    report.throughput_pps *= solution.total_pps / before.total_pps;
  }
  fill_machine(report, basis.machine, measured);
  fill_sources(report, basis, flows, model, solution, measured);
  if (!measured.growing_loop.empty()) {
    report.limit = growing_loop(basis.graph, measured.growing_loop);
  } else if (solution.root) {
    if (asked.empty()) {
      report.limit = limit_from_outside(report, basis, measured, model, solution);
      const bool outside = report.limit->kind == Kind::memory || report.machine.without_pps;
      judge_confidence(*report.limit, measured, model, solution, outside);
    } else {
      report.limit = limit_of(basis.graph, measured, basis.machine, model, *solution.root);
      report.limit->explanation = foretell(*report.limit, report.throughput_pps);
    }
    report.changes = Proposals(basis, measured, model, solution, report.throughput_pps).make();
  } else {
    report.reason = Unknown::idle;
  }
  report.symptoms = find_symptoms(basis.graph, measured, window, report);
  return report;
}

}  // namespace weir::diagnosis
