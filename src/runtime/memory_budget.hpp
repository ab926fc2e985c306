// How much memory packets may take, and what happens when they do: sources are held until there is
// room again; nobody else is, for only what goes on can free memory. One for each network;
// thread-safe. What is counted is that of the whole program: see slab::used_bytes().
#pragma once

#include <atomic>
#include <cstdint>

#include "runtime/snapshot.hpp"
#include "weir/units.hpp"

namespace weir::runtime {

class MemoryBudget {
 public:
  /// In bytes; 0, the initial value, for none.
  void set_limit(std::uint64_t bytes) noexcept { limit_.store(bytes, std::memory_order_relaxed); }
  std::uint64_t limit() const noexcept { return limit_.load(std::memory_order_relaxed); }

  /// For a source that is about to step: whether it must rest. Sources are held from 90 % of the
  /// limit on, for the last tenth is left to who is in mid-graph, until less than 95 % of that is
  /// in use. Also gives back free memory where the pool has taken more than the limit.
  bool holds(Time now) noexcept;
  /// Bytes that sources may still fill, all together, as far as the last call of holds() could see.
  std::uint64_t room() const noexcept;
  /// True while the reserve is not used up.
  bool has_reserve() const noexcept;

  MemorySnapshot snapshot(Time now) const noexcept;

 private:
  std::uint64_t high() const noexcept { return limit() - limit() / 10; }
  std::uint64_t low() const noexcept { return high() - high() / 20; }
  void give_back(Time now) noexcept;

  std::atomic<std::uint64_t> limit_{0};
  std::atomic<bool> holding_{false};
  std::atomic<std::uint64_t> times_held_{0};
  // In nanoseconds of the executor's clock.
  std::atomic<std::int64_t> since_ns_{0};
  std::atomic<std::int64_t> next_trim_ns_{0};
  std::atomic<std::int64_t> trim_pause_ns_{0};
};

}  // namespace weir::runtime
