// How one unit of concurrency spends its time, split where its state changes.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

#include "runtime/snapshot.hpp"
#include "weir/units.hpp"

namespace weir::runtime {

/// Written by the activations of one lane, read by any thread. The state and its beginning share
/// one word, which marks a change in progress, so that a reader never counts a stretch of time
/// twice: a sequence lock (Boehm, "Can seqlocks get along with programming language memory
/// models?", MSPC 2012) whose data are atomic.
class TimeAccount {
 public:
  /// The unit is in `next` from `now` on. What lies before belongs to the state that it leaves, but
  /// for the time since `queued_ns` of one that rested and was then queued: that is `ready`.
  void enter(UnitState next, Time now, std::int64_t queued_ns) noexcept {
    const std::uint64_t word = word_.load(std::memory_order_relaxed);
    const std::uint64_t at = ns_of(now);
    if (word == 0) {
      word_.store(pack(next, at), std::memory_order_release);
      return;
    }
    word_.store(changing, std::memory_order_relaxed);
    split(word, at, static_cast<std::uint64_t>(queued_ns),
          [this](UnitState state, std::uint64_t time) {
            std::atomic<std::uint64_t>& total = total_ns_[static_cast<std::size_t>(state)];
            total.store(total.load(std::memory_order_relaxed) + time, std::memory_order_release);
          });
    word_.store(pack(next, std::max(at, begin_of(word))), std::memory_order_release);
  }

  /// Adds the nanoseconds in each state until `now`.
  void read(Time now, std::int64_t queued_ns, UnitTimes& into) const noexcept {
    UnitTimes times{};
    for (unsigned tries = 0; tries < 1000; ++tries) {
      const std::uint64_t word = word_.load(std::memory_order_acquire);
      if (word == 0) return;
      if (word == changing) continue;
      for (std::size_t i = 0; i < times.size(); ++i) {
        times[i] = total_ns_[i].load(std::memory_order_acquire);
      }
      if (word_.load(std::memory_order_relaxed) != word) continue;
      split(word, ns_of(now), static_cast<std::uint64_t>(queued_ns),
            [&times](UnitState state, std::uint64_t time) {
              times[static_cast<std::size_t>(state)] += time;
            });
      break;
    }
    for (std::size_t i = 0; i < times.size(); ++i) into[i] += times[i];
  }

 private:
  static constexpr std::uint64_t changing = 7;

  static std::uint64_t ns_of(Time time) noexcept {
    return static_cast<std::uint64_t>(time.time_since_epoch().count());
  }
  static std::uint64_t pack(UnitState state, std::uint64_t begin) noexcept {
    return begin << 3 | static_cast<std::uint64_t>(state);
  }
  static std::uint64_t begin_of(std::uint64_t word) noexcept { return word >> 3; }
  static bool rests(UnitState state) noexcept {
    return state != UnitState::busy && state != UnitState::ready;
  }

  template <class Add>
  static void split(std::uint64_t word, std::uint64_t end, std::uint64_t queued, const Add& add) {
    const auto state = static_cast<UnitState>(word & 7);
    const std::uint64_t begin = begin_of(word);
    if (end <= begin) return;
    std::uint64_t ready = end;
    if (rests(state) && queued > begin && queued < end) ready = queued;
    add(state, ready - begin);
    if (ready != end) add(UnitState::ready, end - ready);
  }

  std::atomic<std::uint64_t> word_{0};
  std::array<std::atomic<std::uint64_t>, unit_states> total_ns_{};
};

}  // namespace weir::runtime
