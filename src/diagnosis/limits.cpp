#include "diagnosis/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace weir::diagnosis {
namespace {

using runtime::UnitState;

// A source that spends more of its free time than this without anything to read has a pace of its
// own; one that spends less is busy.
constexpr double idle_source = 0.1;

std::string units_text(unsigned units) {
  return units == 1 ? "its only unit" : fmt::format("its {} units", units);
}

double share(const ProcessMeasured& process, double units) {
  return process.all_units() > 0 ? 100 * units / process.all_units() : 0;
}

/// It ends packets and sends none on, apart from errors.
bool ends_packets(const graph::Graph& graph, std::size_t process) {
  return std::none_of(graph.connections.begin(), graph.connections.end(), [&](const auto& each) {
    return each.from.process == process &&
           each.from.port < graph.processes[process].component->outputs.size();
  });
}

std::string of_units(const graph::Graph& graph, const ProcessMeasured& process, std::size_t index,
                     bool waits) {
  const std::string& name = graph.processes[index].name;
  std::string text =
      fmt::format("{} {} {:.0f}% of the time on {}: {} a packet, so {} packets/s at most", name,
                  waits ? "waits outside" : "is busy",
                  share(process, process.of(waits ? UnitState::waiting : UnitState::busy)),
                  units_text(process.concurrency), seconds_text(process.service_s()),
                  with_commas(process.concurrency / std::max(1e-12, process.service_s())));
  if (!process.may_share) {
    text += "; it handles one packet at a time";
  } else if (process.concurrency < process.concurrency_most) {
    text += fmt::format("; it may have {} units", process.concurrency_most);
  } else {
    text += fmt::format("; the graph gives it {} at most", process.concurrency_most);
  }
  return text;
}

Limit of_source(const graph::Graph& graph, const ProcessMeasured& source, std::size_t index) {
  const double busy = source.of(UnitState::busy);
  const double nothing = source.of(UnitState::starved) + source.of(UnitState::waiting);
  Limit limit;
  limit.process = graph.processes[index].name;
  if (nothing <= idle_source * (busy + nothing)) {
    limit.kind = Kind::cpu;
    limit.explanation = fmt::format(
        "{} is busy {:.0f}% of the time making packets, {} each, and what comes after it keeps up",
        limit.process, share(source, busy), seconds_text(source.busy_s));
  } else {
    limit.kind = Kind::source;
    limit.explanation = fmt::format(
        "the graph keeps up: {} sends {} packets/s and has nothing more to send {:.0f}% "
        "of the time",
        limit.process, with_commas(source.handled_pps), share(source, nothing));
  }
  return limit;
}

Limit of_process(const graph::Graph& graph, const ProcessMeasured& process, std::size_t index) {
  Limit limit;
  limit.process = graph.processes[index].name;
  const bool waits = process.wait_s > process.busy_s;
  limit.kind = waits ? Kind::waiting : Kind::cpu;
  limit.explanation = of_units(graph, process, index, waits);
  if (waits && process.errors_pps > 0 && ends_packets(graph, index)) {
    limit.kind = Kind::sink;
    limit.explanation +=
        fmt::format("; what it writes to refuses: {:.3g} errors/s", process.errors_pps);
  }
  return limit;
}

Limit of_pool(const graph::Graph& graph, const PoolMeasured& pool) {
  Limit limit;
  limit.kind = Kind::resource;
  limit.resource = pool.name;
  double held = 0;
  double waiting = 0;
  double most = -1;
  for (const PoolMeasured::Use& use : pool.uses) {
    held += use.held;
    waiting += use.waiting;
    if (use.waiting + use.held <= most) continue;
    most = use.waiting + use.held;
    limit.process = graph.processes[use.process].name;
  }
  limit.explanation = fmt::format(
      "{} waits for the pool {}: {:.1f} of its {} are in use, and {:.1f} units wait for one",
      limit.process, pool.name, held, pool.max, waiting);
  return limit;
}

Limit of_cores(const Measured& measured, const Machine& machine) {
  Limit limit;
  limit.kind = Kind::cores;
  // The kernel's figures are of moments that differ a little.
  const double used = std::min(measured.used(), machine.processors);
  const bool all = machine.cores <= 0 || machine.processors >= machine.cores;
  limit.explanation =
      fmt::format("{}: {:.2f} of {:.3g} processors are in use on {} worker{}",
                  all ? "the machine has no more" : "its workers have no time left", used,
                  machine.processors, machine.workers, machine.workers == 1 ? "" : "s");
  return limit;
}

Limit of_pace(const graph::Graph& graph, const ProcessMeasured& source, std::size_t index,
              double pace) {
  Limit limit;
  limit.process = graph.processes[index].name;
  limit.kind = Kind::source;
  limit.explanation =
      fmt::format("the graph keeps up: {} sends {} packets/s, and is told to send {}",
                  limit.process, with_commas(source.handled_pps), with_commas(pace));
  return limit;
}

Limit of_total(const Machine& machine) {
  Limit limit;
  limit.kind = Kind::cores;
  limit.explanation = fmt::format(
      "as many activations and outside waits are in flight as may be: runtime.max_concurrency is "
      "{}",
      machine.max_concurrency);
  return limit;
}

Limit of_rate(const graph::Graph& graph, const ProcessMeasured& process, std::size_t index,
              double rate) {
  Limit limit;
  limit.process = graph.processes[index].name;
  limit.kind = Kind::rate;
  limit.explanation =
      fmt::format("{} is held to its rate of {} packets/s and takes {}", limit.process,
                  with_commas(rate), with_commas(process.handled_pps));
  return limit;
}

}  // namespace

std::string with_commas(double number) {
  if (std::abs(number) < 100 && number != std::floor(number)) return fmt::format("{:.3g}", number);
  std::string digits = fmt::format("{:.0f}", number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    if (at > 0 && digits[at - 1] != '-') digits.insert(at, 1, ',');
  }
  return digits;
}

std::string seconds_text(double seconds) {
  constexpr std::array<std::pair<double, std::string_view>, 3> units{
      {{1e-9, "ns"}, {1e-6, "us"}, {1e-3, "ms"}}};
  for (const auto& [unit, word] : units) {
    if (seconds < 999.5 * unit) return fmt::format("{:.3g} {}", seconds / unit, word);
  }
  return fmt::format("{:.3g} s", seconds);
}

Limit limit_of(const graph::Graph& graph, const Measured& measured, const Machine& machine,
               const CapacityModel& model, std::size_t index) {
  const Bound& bound = model.bounds()[index];
  switch (bound.what) {
    case Bound::What::offered:
      return of_source(graph, measured.processes[bound.index], bound.index);
    case Bound::What::pace:
      return of_pace(graph, measured.processes[bound.index], bound.index, bound.capacity);
    case Bound::What::rate:
      return of_rate(graph, measured.processes[bound.index], bound.index, bound.capacity);
    case Bound::What::pool: return of_pool(graph, measured.pools[bound.index]);
    case Bound::What::total: return of_total(machine);
    case Bound::What::cores: return of_cores(measured, machine);
    case Bound::What::units: break;
  }
  return of_process(graph, measured.processes[bound.index], bound.index);
}

Limit limit_of_memory(const graph::Graph& graph, const Measured& measured) {
  std::size_t most = graph.processes.size();
  for (std::size_t i = 0; i < measured.processes.size(); ++i) {
    const ProcessMeasured& process = measured.processes[i];
    if (!process.source || process.ended) continue;
    const bool more =
        most == graph.processes.size() ||
        process.of(UnitState::blocked) > measured.processes[most].of(UnitState::blocked);
    if (more) most = i;
  }
  Limit limit;
  limit.kind = Kind::memory;
  if (most != graph.processes.size()) limit.process = graph.processes[most].name;
  limit.explanation = fmt::format(
      "the memory budget holds {} {:.0f}% of the time: what is in use leaves no room for more; a "
      "larger runtime.memory, smaller packets or smaller capacities help",
      limit.process, 100 * measured.memory_held);
  return limit;
}

std::string others_text(const MachineReport& machine) {
  return fmt::format("other programs have {:.2f} of the {:.3g} processors, and this one {:.2f}",
                     machine.taken, machine.cores, machine.used);
}

Limit limit_of_others(const MachineReport& machine, const Limit& root) {
  Limit limit;
  limit.kind = Kind::cores;
  limit.explanation = others_text(machine);
  if (machine.pressure) {
    limit.explanation += fmt::format("; somebody waits for a processor {:.0f}% of the time",
                                     100 * std::min(1.0, *machine.pressure));
  }
  limit.explanation +=
      fmt::format("; without them {} packets/s could leave the sources, and {} ({}) would limit",
                  with_commas(machine.without_pps.value_or(0)),
                  root.process.empty() ? "the machine" : root.process, to_string(root.kind));
  return limit;
}

Limit limit_of_stall(const graph::Graph& graph, const runtime::NetworkSnapshot& network,
                     std::size_t index) {
  const runtime::ProcessSnapshot& process = network.processes[index];
  Limit limit;
  limit.process = process.name;
  switch (process.activity) {
    case runtime::Activity::throttled: limit.kind = Kind::rate; break;
    case runtime::Activity::running: limit.kind = Kind::cpu; break;
    case runtime::Activity::ready:
      limit.kind = Kind::cores;
      limit.process.clear();
      break;
    default:
      limit.kind =
          !process.errors.empty() && ends_packets(graph, index) ? Kind::sink : Kind::waiting;
  }
  limit.explanation =
      fmt::format("nothing has moved for a second: {} is {}, with {} packets in work", process.name,
                  runtime::to_string(process.activity), process.held);
  for (const resource::PoolFigures& pool : network.pools) {
    for (const resource::HolderFigures& holder : pool.holders) {
      if (holder.name != process.name || holder.waiters == 0) continue;
      limit.kind = Kind::resource;
      limit.resource = pool.name;
      limit.explanation +=
          fmt::format("; it waits for the pool {} ({} of {} in use){}", pool.name, pool.in_use,
                      pool.max, pool.last_error.empty() ? "" : ": " + pool.last_error);
    }
  }
  limit.confidence = 0.8;
  limit.doubt = "nothing moves that could be measured";
  return limit;
}

void judge_confidence(Limit& limit, const Measured& measured, const CapacityModel& model,
                      const Solution& solution, bool from_outside) {
  std::vector<std::string> doubts;
  const auto doubt = [&](double factor, std::string text) {
    limit.confidence *= factor;
    doubts.push_back(std::move(text));
  };
  if (solution.root) {
    const Bound& root = model.bounds()[*solution.root];
    const double use = root.used / root.capacity;
    if (use < 0.95 && !from_outside) {
      doubt(std::max(0.2, use / 0.95),
            fmt::format("by its figures {:.0f}% more should flow", 100 * (1 / use - 1)));
    }
    // Another bound that is as near is as likely.
    const double without = model.solve_without(*solution.root).total_pps;
    if (!from_outside && without < 1.05 * solution.total_pps)
      doubt(0.6, "another limit is within 5%");
  }
  if (measured.held_back < 0.02 && measured.source_pps > 1.2 * solution.total_pps) {
    doubt(0.8, "more comes in than can flow on: what is queued still grows");
  }
  if (measured.seconds < 1.9) doubt(0.9, fmt::format("{:.1f} s of figures", measured.seconds));
  double packets = 0;
  for (const ProcessMeasured& process : measured.processes) {
    packets = std::max(packets, process.packets);
  }
  if (packets < 30) {
    doubt(std::max(0.2, std::sqrt(packets / 30)),
          fmt::format("{:.0f} packets in the window", packets));
  }
  limit.doubt = fmt::format("{}", fmt::join(doubts, "; "));
}

}  // namespace weir::diagnosis
