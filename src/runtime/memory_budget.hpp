// How much memory packets may take, and what happens when they do. The law (docs/memory.md):
// sources are held, and nobody else, for only what goes on can free memory; a source is held only
// while something beyond the buffers of the readers is in use, since those it would wait for in
// vain; and where nothing but held sources could go on, they go on. One for each network;
// thread-safe. What is counted is that of the whole program: see slab::used_bytes().
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>

#include "runtime/snapshot.hpp"
#include "weir/units.hpp"

namespace weir::runtime {

class MemoryBudget {
 public:
  /// In bytes; 0, the initial value, for none. Readers take their shares of it.
  void set_limit(std::uint64_t bytes) noexcept;
  /// Tells whether nothing but sources could go on now. Before the network starts; called by
  /// activations of sources.
  void set_rests(std::function<bool()> rests) { rests_ = std::move(rests); }
  std::uint64_t limit() const noexcept { return limit_.load(std::memory_order_relaxed); }

  /// For a source that is about to step: whether it must rest. Sources are held from 90 % of the
  /// limit on, for the last tenth is left to who is in mid-graph, until less than 95 % of that is
  /// in use; and not while all but a quarter of the limit is in buffers of the readers. Also gives
  /// back free memory where the pool has taken more than the limit.
  bool holds(Time now) noexcept;
  /// Bytes that sources may still fill, all together, as far as the last call of holds() could see.
  std::uint64_t room() const noexcept;
  /// True while less than the limit is in use.
  bool has_reserve() const noexcept;
  /// For a held source all of whose packets have been taken, at each of its looks: how many it may
  /// send all the same. One while the reserve lasts, for somebody may wait for just that one and
  /// hold what others have sent. Beyond the reserve none, unless nothing else can go on: then 1, 2,
  /// 4 and so on up to 64, for what is in use then is held for good by components that wait for
  /// more.
  std::uint64_t spare(Time now);

  MemorySnapshot snapshot(Time now) const noexcept;

 private:
  std::uint64_t high() const noexcept { return limit() - limit() / 10; }
  std::uint64_t low() const noexcept { return high() - high() / 20; }
  void give_back(Time now) noexcept;
  /// What sources wait for: all but the buffers that readers still hold.
  static std::uint64_t beyond_readers(std::uint64_t used) noexcept;
  std::uint64_t floor() const noexcept { return limit() / 4; }

  std::atomic<std::uint64_t> limit_{0};
  std::atomic<bool> holding_{false};
  std::atomic<std::uint64_t> times_held_{0};
  // In nanoseconds of the executor's clock.
  std::atomic<std::int64_t> since_ns_{0};
  std::atomic<std::int64_t> next_trim_ns_{0};
  std::atomic<std::int64_t> trim_pause_ns_{0};

  std::function<bool()> rests_;
  std::mutex spare_mutex_;
  // Under the mutex: at the last look of any source, what was in use, whether all else rested, and
  // what a source was given.
  Time looked_{};
  std::uint64_t used_then_ = 0;
  bool rested_ = false;
  std::uint64_t given_ = 0;
};

}  // namespace weir::runtime
