// The last few seconds of a network's totals, and from when on they show the network as it now is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "resource/figures.hpp"
#include "runtime/figures.hpp"

namespace weir::diagnosis {

struct ProcessReading {
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  std::uint64_t errors = 0;
  /// By UnitState, of all its units.
  runtime::UnitTimes time_ns{};
  unsigned concurrency = 1;
  bool ended = false;
};

struct ConnectionReading {
  std::uint64_t put = 0;
  std::uint64_t length = 0;
  std::uint32_t capacity = 0;
};

/// Totals at one moment, in the order of the graph.
struct Reading {
  Time at{};
  std::uint64_t generation = 0;
  bool running = false;
  /// Of the whole program, so far.
  Duration processor_time{};
  /// For how long its threads could have run and got no processor, all together.
  Duration run_delay{};
  /// Of the whole machine, whoever for; absent where the kernel does not say.
  std::optional<Duration> machine_time;
  /// For how long anybody on the machine got none; absent where the kernel does not say.
  std::optional<Duration> pressure;
  /// The memory budget holds sources.
  bool memory_holds = false;
  std::vector<ProcessReading> processes;
  std::vector<ConnectionReading> connections;
  std::vector<resource::PoolFigures> pools;
};

/// What a report is made of: the figures between two readings.
struct Window {
  Reading from;
  Reading to;
  /// Packets a second that each process has sent since the graph runs, where that is known.
  std::vector<double> sent_ever_pps;
  /// Resources in use and packets that wait for one, by pool and holder: means of the readings.
  struct Holder {
    std::string name;
    double waiters = 0;
    double in_use = 0;
  };
  std::vector<std::vector<Holder>> holders;
  /// The share of the readings in which the memory budget held sources.
  double memory_held = 0;

  double seconds() const noexcept { return std::chrono::duration<double>(to.at - from.at).count(); }
};

/// Keeps readings of five seconds. Where the network has changed meanwhile (its graph, how many
/// units a process has, or by much what a packet takes, how many a process sends for one, or the
/// pace of a source), what was before the change is left out, but the last second is always kept.
/// How a process divides its time says nothing: where large queues fill and empty by turns, that
/// goes up and down in a steady state. Used by one thread at a time.
class Readings {
 public:
  /// Between two readings, about.
  static constexpr Duration every = std::chrono::milliseconds(200);
  static constexpr std::size_t window_most = 26;
  static constexpr std::size_t window_least = 6;

  void add(Reading reading);
  void clear() noexcept {
    kept_.clear();
    old_ = 0;
  }

  /// There is a second of them.
  bool enough() const noexcept { return kept_.size() >= window_least; }
  std::size_t size() const noexcept { return kept_.size(); }
  const Reading& newest() const noexcept { return kept_.back(); }
  const Reading& before_newest() const noexcept { return kept_[kept_.size() - 2]; }
  /// Of those that are kept; there are two at least.
  Window window() const;

 private:
  bool changed() const;
  void drop(std::size_t count);

  std::deque<Reading> kept_;
  // So many of them are of before the last change of units.
  std::size_t old_ = 0;
};

/// False if nothing has moved between the two.
bool moved(const Reading& before, const Reading& now) noexcept;

}  // namespace weir::diagnosis
