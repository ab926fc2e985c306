#include "diagnosis/reporter.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "diagnosis/deadlock.hpp"
#include "diagnosis/limits.hpp"
#include "diagnosis/trial.hpp"
#include "diagnosis/words.hpp"
#include "weir/units.hpp"

namespace weir::diagnosis {
namespace {

using runtime::Activity;

// Ticks without any movement until it may be a deadlock, and until there is nothing to look at.
constexpr unsigned ticks_until_still = 5;
constexpr unsigned ticks_until_idle = Readings::window_most;

Reading reading_of(const runtime::NetworkFigures& figures) {
  Reading reading;
  reading.at = figures.at;
  reading.generation = figures.generation;
  reading.running = figures.running;
  reading.processes.reserve(figures.processes.size());
  for (const runtime::ProcessFigures& process : figures.processes) {
    reading.processes.push_back({process.in, process.out, process.errors, process.time_ns,
                                 process.concurrency, process.ended});
  }
  reading.connections.reserve(figures.connections.size());
  for (const runtime::ConnectionFigures& connection : figures.connections) {
    reading.connections.push_back({connection.put, connection.length, connection.capacity});
  }
  return reading;
}

/// What a unit that does this counts as.
runtime::UnitState state_of(Activity activity, bool holds_packets) {
  switch (activity) {
    case Activity::running: return runtime::UnitState::busy;
    case Activity::blocked: return runtime::UnitState::blocked;
    case Activity::throttled: return runtime::UnitState::throttled;
    case Activity::ready: return runtime::UnitState::ready;
    // Who holds no packet waits for one.
    case Activity::waiting:
      return holds_packets ? runtime::UnitState::waiting : runtime::UnitState::starved;
    case Activity::idle:
    case Activity::ended:
    case Activity::failed: break;
  }
  return runtime::UnitState::starved;
}

/// Of a network in which nothing moves: what its processes are doing all the time.
Measured measure_rest(const runtime::NetworkSnapshot& network,
                      const std::vector<tuning::Place>& places) {
  Measured measured;
  measured.seconds = 1;
  measured.processes.resize(places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    const runtime::ProcessSnapshot& snapshot = network.processes[i];
    ProcessMeasured& process = measured.processes[i];
    process.source = places[i].source;
    const runtime::UnitState state = state_of(snapshot.activity, snapshot.held != 0);
    process.units[static_cast<std::size_t>(state)] = 1;
    process.concurrency = snapshot.concurrency;
    process.concurrency_most = std::max(places[i].most, process.concurrency);
    for (const runtime::ErrorCount& error : snapshot.errors) process.errors += error.count;
  }
  return measured;
}

}  // namespace

struct Reporter::Impl {
  Impl(runtime::Network& watched, ReporterOptions chosen)
      : network(watched),
        options(std::move(chosen)),
        trial(watched, options.tuner, options.decisions) {}

  bool tick();
  bool take(Reading reading);
  void begin_generation();
  void sample_lengths();
  void keep_flow();
  Basis basis() const;
  Window window() const;
  Report at_rest() const;
  void look_for_deadlock();
  void tell_held(const runtime::MemorySnapshot& memory);

  runtime::Network& network;
  const ReporterOptions options;

  mutable std::mutex mutex;
  std::shared_ptr<const graph::Graph> graph;
  std::uint64_t generation = 0;
  std::vector<tuning::Place> places;
  Readings readings;
  runtime::NetworkFigures figures;
  // The last window in which packets left the sources, for the end.
  std::optional<Window> flow;
  std::optional<Reading> first;
  std::vector<QueueLengths> lengths;
  unsigned idle = 0;
  // Nothing has moved for so long that there are no readings.
  bool asleep = false;
  // What the network was found in when it stood still, until it moves.
  std::optional<Limit> found_deadlock;
  // What was said of it.
  std::string told_deadlock;
  // By one thread alone.
  bool told_held = false;
  Trial trial;
};

void Reporter::Impl::begin_generation() {
  std::tie(graph, generation) = network.graph();
  places = tuning::places_of(*graph, graph->max_concurrency);
  readings.clear();
  flow.reset();
  first.reset();
  std::unordered_map<std::string, QueueLengths> known;
  for (QueueLengths& each : lengths) known.emplace(each.connection, std::move(each));
  lengths.clear();
  for (const graph::ConnectionModel& connection : graph->connections) {
    const auto found = known.find(connection.name);
    lengths.push_back(found == known.end() ? QueueLengths{connection.name, {}, 0}
                                           : std::move(found->second));
  }
}

// False if the reading says nothing.
bool Reporter::Impl::take(Reading reading) {
  if (reading.generation != generation) begin_generation();
  if (reading.generation != generation || reading.processes.size() != graph->processes.size() ||
      reading.connections.size() != graph->connections.size()) {
    return false;
  }
  if (!first && reading.running) first = reading;
  readings.add(std::move(reading));
  return readings.size() >= 2;
}

void Reporter::Impl::sample_lengths() {
  const Reading& now = readings.newest();
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    const auto length = static_cast<double>(now.connections[i].length);
    const auto bound = std::lower_bound(length_bounds.begin(), length_bounds.end(), length);
    ++lengths[i].buckets[static_cast<std::size_t>(bound - length_bounds.begin())];
    lengths[i].sum += length;
  }
}

// While every source goes on: afterwards the network only drains.
void Reporter::Impl::keep_flow() {
  const Reading& now = readings.newest();
  if (!now.running || !readings.enough()) return;
  bool any = false;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!places[i].source) continue;
    if (now.processes[i].ended) return;
    any = true;
  }
  if (any) flow = window();
}

bool Reporter::Impl::tick() {
  network.read(figures);
  Reading reading = reading_of(figures);
  if (options.processor_time) reading.processor_time = options.processor_time();
  if (options.processor_waits) {
    const ProcessorWaits waits = options.processor_waits();
    reading.run_delay = waits.delay;
    reading.machine_time = waits.machine;
    reading.pressure = waits.pressure;
  }
  const runtime::MemorySnapshot memory = network.memory();
  reading.memory_holds = memory.holds;
  tell_held(memory);
  bool stands_still = false;
  {
    const std::lock_guard lock(mutex);
    // Who was woken may have gone on; if not, it is found again.
    if (std::exchange(asleep, false)) found_deadlock.reset();
    if (graph != nullptr && !graph->resources.empty()) reading.pools = network.pools();
    if (take(std::move(reading))) {
      idle = moved(readings.before_newest(), readings.newest()) ? 0 : idle + 1;
      if (idle == 0) {
        found_deadlock.reset();
        told_deadlock.clear();
        sample_lengths();
        keep_flow();
      }
    }
    stands_still = idle == ticks_until_still;
    if (idle >= ticks_until_idle && !trial.running()) {
      // An idle program keeps no figures.
      readings.clear();
      figures = {};
      idle = 0;
      asleep = true;
      return false;
    }
  }
  if (stands_still) look_for_deadlock();
  if (trial.running()) {
    std::optional<Report> now;
    {
      const std::lock_guard lock(mutex);
      if (readings.enough() && idle < ticks_until_still) now = make_report(basis(), window());
    }
    trial.go_on(now);
  }
  return true;
}

// Once for each time that it lasts.
void Reporter::Impl::tell_held(const runtime::MemorySnapshot& memory) {
  if (!memory.holds) {
    told_held = false;
  } else if (!told_held && memory.held_s >= long_held_s) {
    told_held = true;
    spdlog::warn(
        "the memory budget has held all sources for {:.0f} s: {} of {} are in use. See "
        "docs/memory.md",
        memory.held_s, format_size(memory.used), format_size(memory.budget));
  }
}

void Reporter::Impl::look_for_deadlock() {
  const Report report = at_rest();
  if (!report.limit || report.limit->kind != Kind::deadlock) return;
  const std::lock_guard lock(mutex);
  if (std::exchange(told_deadlock, report.limit->explanation) != report.limit->explanation) {
    spdlog::error("deadlock: {}", report.limit->explanation);
  }
  if (idle >= ticks_until_still) found_deadlock = report.limit;
}

Window Reporter::Impl::window() const {
  Window window = readings.window();
  const double seconds =
      first ? std::chrono::duration<double>(window.to.at - first->at).count() : 0;
  if (seconds <= 0) return window;
  for (std::size_t i = 0; i < window.to.processes.size(); ++i) {
    const auto sent = static_cast<double>(window.to.processes[i].out - first->processes[i].out);
    window.sent_ever_pps.push_back(sent / seconds);
  }
  return window;
}

Basis Reporter::Impl::basis() const {
  return {
      *graph, places, {options.processors, options.cores, options.workers, graph->max_concurrency}};
}

// Nothing has moved for a while: a deadlock, somebody who takes long, or nothing to do.
Report Reporter::Impl::at_rest() const {
  const runtime::NetworkSnapshot snapshot = network.snapshot();
  const auto [current, number] = network.graph();
  Report report = make_unknown(*current, number, Unknown::idle);
  if (snapshot.phase == runtime::Phase::starting) report.reason = Unknown::starting;
  const bool over =
      snapshot.phase == runtime::Phase::ended || snapshot.phase == runtime::Phase::failed;
  if (over || snapshot.processes.size() < current->processes.size() ||
      snapshot.connections.size() < current->connections.size()) {
    return report;
  }
  const std::vector<tuning::Place> at = tuning::places_of(*current, current->max_concurrency);
  if (std::none_of(at.begin(), at.end(), [](const auto& place) { return place.source; })) {
    report.reason = Unknown::no_source;
  }
  fill_processes(report, *current, measure_rest(snapshot, at));
  if (const std::optional<Deadlock> deadlock = find_deadlock(*current, snapshot)) {
    Limit limit;
    limit.kind = Kind::deadlock;
    limit.explanation = deadlock->explanation;
    for (const std::size_t i : deadlock->cycle) limit.cycle.push_back(current->processes[i].name);
    report.limit = std::move(limit);
    report.reason = Unknown::none;
  } else if (const std::optional<std::size_t> stall = find_stall(*current, snapshot)) {
    report.limit = limit_of_stall(*current, snapshot, *stall);
    report.reason = Unknown::none;
  } else if (snapshot.memory.holds) {
    Measured held = measure_rest(snapshot, at);
    held.memory_held = 1;
    report.limit = limit_of_memory(*current, held);
    report.reason = Unknown::none;
  }
  return report;
}

Reporter::Reporter(runtime::Network& network, ReporterOptions options)
    : impl_(std::make_unique<Impl>(network, std::move(options))) {}

Reporter::~Reporter() = default;

bool Reporter::tick() {
  return impl_->tick();
}

Report Reporter::report() const {
  return what_if({});
}

Report Reporter::what_if(const std::vector<Change>& changes) const {
  std::optional<Report> moving;
  bool still = false;
  {
    const std::lock_guard lock(impl_->mutex);
    still = impl_->asleep || impl_->idle >= ticks_until_still;
    if (impl_->readings.enough()) {
      moving = make_report(impl_->basis(), impl_->window(), changes);
    }
  }
  Report report;
  if (moving && !still) {
    report = std::move(*moving);
  } else {
    report = impl_->at_rest();
    const bool goes_on =
        !report.limit && report.reason == Unknown::idle && !impl_->network.finished();
    if (moving && goes_on) {
      // Little flows, and seldom.
      report = std::move(*moving);
    } else if (!still && (goes_on || report.limit)) {
      // It may only have stopped for a moment.
      report.limit.reset();
      report.reason = Unknown::starting;
    }
  }
  report.verification = impl_->trial.result();
  return report;
}

Report Reporter::last_report() const {
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->flow) return make_report(impl_->basis(), *impl_->flow);
    if (impl_->first && impl_->readings.size() >= 2) {
      // Too short a run for what only readings in between show.
      Window window{*impl_->first, impl_->readings.newest(), {}, {}, 0};
      window.to.pools.clear();
      return make_report(impl_->basis(), window);
    }
  }
  return impl_->at_rest();
}

std::string Reporter::verify() {
  return impl_->trial.begin(report());
}

std::optional<Limit> Reporter::deadlock() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->found_deadlock;
}

std::vector<QueueLengths> Reporter::queue_lengths() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->lengths;
}

}  // namespace weir::diagnosis
