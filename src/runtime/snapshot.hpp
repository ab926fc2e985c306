// What a network looks like at one moment: plain numbers for the metrics, the API and the closing
// summary. Taken by any thread without stopping the network, so figures of a running network may be
// a batch apart from one another; of a network at rest they are exact.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "resource/figures.hpp"
#include "weir/packet.hpp"
#include "weir/units.hpp"

namespace weir::runtime {

/// Upper bounds in seconds of the buckets of weir_processing_seconds; one more holds the rest.
inline constexpr std::array<double, 20> processing_bounds{
    1e-7,   2.5e-7, 5e-7, 1e-6,   2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4,
    2.5e-4, 5e-4,   1e-3, 2.5e-3, 5e-3,   1e-2, 1e-1, 1.0,    10.0, 100.0};

struct PortSnapshot {
  /// "in", "out", "error", "in[1]".
  std::string name;
  bool output = false;
  bool connected = false;
  std::uint64_t packets = 0;
};

struct ErrorCount {
  std::string kind;
  std::uint64_t count = 0;
};

/// What a component says keeps it from doing its work: Context::report_state().
struct ComponentHealth {
  /// Empty if all is well.
  std::string text;
  /// For how long the process has had something to say.
  double for_s = 0;
};

/// What a process is doing now.
enum class Activity : std::uint8_t {
  idle,
  ready,
  running,
  waiting,
  blocked,
  throttled,
  ended,
  failed
};
std::string_view to_string(Activity activity) noexcept;

/// How a unit of concurrency spends its time. A used one is busy, or waits outside on behalf of a
/// packet; an unused one has no input, or a full output, or no token of a rate, or no free worker.
enum class UnitState : std::uint8_t { busy, waiting, starved, blocked, throttled, ready };
inline constexpr std::size_t unit_states = 6;
inline constexpr std::array<std::string_view, unit_states> unit_state_words{
    "busy", "waiting", "starved", "blocked", "throttled", "ready"};
/// Nanoseconds by UnitState.
using UnitTimes = std::array<std::uint64_t, unit_states>;

struct ProcessSnapshot {
  std::string name;
  std::string component;
  std::vector<PortSnapshot> ports;
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  std::uint64_t created = 0;
  /// By weir::Ended.
  std::array<std::uint64_t, ended_reasons> ended{};
  /// in + created - out - ended: packets inside the component.
  std::uint64_t held = 0;
  std::vector<ErrorCount> errors;
  std::array<std::uint64_t, processing_bounds.size() + 1> processing_buckets{};
  double processing_sum_s = 0;
  std::uint64_t processing_count = 0;
  /// By UnitState, of all units that it may have, together.
  UnitTimes time_ns{};
  ComponentHealth health;
  Activity activity = Activity::idle;
  unsigned concurrency = 1;
};

struct ConnectionSnapshot {
  /// "read.out -> parse.in"
  std::string name;
  std::string from;
  std::string to;
  std::uint64_t put = 0;
  std::uint64_t taken = 0;
  std::uint64_t dropped = 0;
  /// Queued now, overflow included.
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint32_t capacity = 0;
  /// The part of `packets` beyond the capacity.
  std::uint64_t overflow = 0;
};

enum class Phase : std::uint8_t { starting, running, draining, ended, failed };
std::string_view to_string(Phase phase) noexcept;

/// The memory budget: see docs/memory.md.
struct MemorySnapshot {
  /// Bytes that packets may take; 0 for any number.
  std::uint64_t budget = 0;
  /// Bytes that they take now, in the whole program.
  std::uint64_t used = 0;
  /// The part of `used` that readers hold to read into.
  std::uint64_t readers = 0;
  /// Sources rest because of it, for so many seconds.
  bool holds = false;
  double held_s = 0;
  /// How often they have begun to.
  std::uint64_t times_held = 0;
};

struct NetworkSnapshot {
  std::string graph;
  std::uint64_t generation = 1;
  Phase phase = Phase::starting;
  /// Why it failed; empty otherwise.
  std::string failure;
  std::vector<ProcessSnapshot> processes;
  std::vector<ConnectionSnapshot> connections;
  std::vector<resource::PoolFigures> pools;
  unsigned workers = 0;
  /// Threads beside the workers for components that block.
  unsigned blocking_threads = 0;
  MemorySnapshot memory;
  /// Packets alive in the whole program, as the pool counts them.
  std::uint64_t pool_live_packets = 0;
  /// Bytes that the pool has taken from the system.
  std::uint64_t pool_bytes = 0;
  /// How often it has asked the system for memory.
  std::uint64_t pool_allocations = 0;
  /// A worker has been inside one step for longer than this names it; empty if none.
  std::string stuck;
};

}  // namespace weir::runtime
