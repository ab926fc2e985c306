#include "runtime/memory_budget.hpp"

#include <algorithm>

#include "packet/slab.hpp"
#include "weir/reader_memory.hpp"

namespace weir::runtime {
namespace {

// Giving memory back takes a while. Where it brings little it is tried ever more seldom.
constexpr Duration trim_pause_least = std::chrono::milliseconds(250);
constexpr Duration trim_pause_most = std::chrono::seconds(30);

// Looks of several sources within this time are one.
constexpr Duration one_look = std::chrono::milliseconds(9);
constexpr std::uint64_t spare_max = 64;

std::int64_t ns(Time time) noexcept {
  return time.time_since_epoch().count();
}

}  // namespace

void MemoryBudget::set_limit(std::uint64_t bytes) noexcept {
  limit_.store(bytes, std::memory_order_relaxed);
  ReaderMemory::set_budget(bytes);
}

std::uint64_t MemoryBudget::beyond_readers(std::uint64_t used) noexcept {
  const std::uint64_t readers = ReaderMemory::total();
  return used - std::min(used, readers);
}

bool MemoryBudget::holds(Time now) noexcept {
  if (limit() == 0) return false;
  if (slab::system_bytes() > limit()) give_back(now);
  const bool before = holding_.load(std::memory_order_relaxed);
  const std::uint64_t bound = before ? low() : high();
  // The exact number costs more, so it is asked for only where it decides.
  bool full = slab::used_bytes_at_most() >= bound;
  if (full) {
    const std::uint64_t used = slab::used_bytes();
    full = used >= bound && beyond_readers(used) >= floor();
  }
  if (full == before) return full;
  if (holding_.exchange(full, std::memory_order_relaxed) != full && full) {
    since_ns_.store(ns(now), std::memory_order_relaxed);
    times_held_.fetch_add(1, std::memory_order_relaxed);
  }
  return full;
}

std::uint64_t MemoryBudget::room() const noexcept {
  std::uint64_t used = slab::used_bytes_at_most();
  if (used >= high()) used = slab::used_bytes();
  if (used < high()) return high() - used;
  const std::uint64_t others = beyond_readers(used);
  return others < floor() ? floor() - others : 0;
}

bool MemoryBudget::has_reserve() const noexcept {
  return slab::used_bytes() < limit();
}

std::uint64_t MemoryBudget::spare(Time now) {
  const std::uint64_t used = slab::used_bytes();
  if (used < limit()) return 1;
  const std::lock_guard lock(spare_mutex_);
  if (looked_ != Time() && now - looked_ < one_look) return given_;
  // Twice in a row, so that what was just about to go on is seen going on.
  const bool rests = rests_ && rests_();
  const bool stands = rests && rested_ && used >= used_then_;
  given_ = stands ? std::clamp<std::uint64_t>(2 * given_, 1, spare_max) : 0;
  looked_ = now;
  used_then_ = used;
  rested_ = rests;
  return given_;
}

// The pool has taken more than the budget from the system: not all at once, but for blocks of
// different sizes, of which some are free now.
void MemoryBudget::give_back(Time now) noexcept {
  const std::uint64_t taken = slab::system_bytes();
  const std::uint64_t used = slab::used_bytes_at_most();
  if (taken < used + limit() / 16) return;
  std::int64_t next = next_trim_ns_.load(std::memory_order_relaxed);
  const Duration pause(trim_pause_ns_.load(std::memory_order_relaxed));
  if (ns(now) < next ||
      !next_trim_ns_.compare_exchange_strong(next, ns(now + std::max(pause, trim_pause_least)),
                                             std::memory_order_relaxed)) {
    return;
  }
  slab::trim();
  const std::uint64_t left = slab::system_bytes();
  const bool little = left > taken || 4 * (taken - left) < taken - used;
  const Duration next_pause =
      little ? std::clamp(2 * pause, trim_pause_least, trim_pause_most) : trim_pause_least;
  trim_pause_ns_.store(next_pause.count(), std::memory_order_relaxed);
}

MemorySnapshot MemoryBudget::snapshot(Time now) const noexcept {
  MemorySnapshot result;
  result.budget = limit();
  result.used = slab::used_bytes();
  result.times_held = times_held_.load(std::memory_order_relaxed);
  // Who was held looks again within a moment, unless it has ended.
  result.readers = ReaderMemory::total();
  result.holds = holding_.load(std::memory_order_relaxed) && result.used >= low() &&
                 beyond_readers(result.used) >= floor();
  if (result.holds) {
    const std::int64_t since = since_ns_.load(std::memory_order_relaxed);
    result.held_s = 1e-9 * static_cast<double>(ns(now) - since);
  }
  return result;
}

}  // namespace weir::runtime
