// Whether a process may take packets in (a source: send) now, beyond what its ports say: as far as
// its rate allows, and for a source the memory budget. Used by who has the claim turn; what it is
// made of changes while the process is held.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "runtime/alarm.hpp"
#include "runtime/batches.hpp"
#include "runtime/memory_budget.hpp"
#include "runtime/output.hpp"
#include "runtime/throttle.hpp"
#include "scheduler/executor.hpp"

namespace weir::runtime {

class Gate {
 public:
  /// All must outlive it.
  Gate(scheduler::Executor& executor, MemoryBudget& budget, Output& output, Wakeable& process)
      : executor_(executor), budget_(budget), output_(output), alarm_(executor, process) {}

  /// Nothing: no limit. What a bucket of an earlier rate holds is kept up to the new burst.
  void set_rate(const std::optional<graph::Rate>& rate);
  /// No process sends to this one: it is held to its rate where it sends.
  void set_source(bool source) noexcept { source_ = source; }

  // A process with inputs.

  bool limits_input() const noexcept { return bucket_.has_value() && !source_; }
  /// So many of `most` packets may be taken in now. If that is not all, wait() must follow before
  /// the process rests.
  std::uint64_t admits(std::uint64_t most) noexcept;
  void took(std::uint64_t packets) noexcept { bucket_->take(packets); }
  /// True, once, if admits() has cut something off.
  bool take_cut() noexcept { return std::exchange(cut_, false); }
  /// Has the process woken once there are tokens.
  void wait();

  /// A member of a cycle must rest because the memory budget is used up; it will be woken.
  bool held_in_cycle();

  // A source.

  /// Before a step: `running` if it may go on, else as what it rests; then it will be woken. Once
  /// it is `stopping` it may, for it must send what it has already read.
  Activity before_step(bool stopping);
  bool limits_sending() const noexcept { return source_ && (bucket_ || budget_.limit() != 0); }
  /// Packets that it may send in this step, those included that it has emitted and not published.
  std::uint64_t may_send() noexcept;
  /// Call it before `batches` are published.
  void sends(const Batches& batches) noexcept;
  /// After a step that stopped for want of room: as what it rests, or `running`.
  Activity after_step();

 private:
  bool held_by_memory();
  bool outputs_are_empty() const noexcept;

  scheduler::Executor& executor_;
  MemoryBudget& budget_;
  Output& output_;
  bool source_ = false;
  bool cut_ = false;
  std::optional<TokenBucket> bucket_;
  // Bytes that a packet of this source takes, about; 0 until it is known.
  std::uint64_t packet_bytes_ = 0;
  // Packets that this source may send although the budget holds it.
  std::uint64_t spare_ = 0;
  std::optional<Time> next_look_;
  Alarm alarm_;
};

}  // namespace weir::runtime
