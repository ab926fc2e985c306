// Something that is run when it has work: one word says what it is doing, and decides who runs it.
//
// The word has five marks: queued (it is in a run queue), running, notified (something happened
// that no activation has looked at yet), held (do not run it for now) and gone (never run it
// again). It is changed only by read-modify-write, so that of a notifier, which first publishes its
// data and then changes the word, and an ending activation, one always sees the other: no wake-up
// is lost. A process with a concurrency above one has a task for each unit.
#pragma once

#include <atomic>
#include <cstdint>

namespace weir::scheduler {

class Task {
 public:
  /// Until it is known how long activations take: long enough that a parked worker is woken for
  /// what waits behind one.
  static constexpr std::uint32_t unknown_ns = 50'000;

  Task() noexcept = default;
  virtual ~Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  enum class After {
    rest,   // nothing to do until the next notification
    again,  // has more to do, but others come first
  };
  /// One activation. Called by a worker; never throws.
  virtual After run() noexcept = 0;
  /// Says that there may be work; what was written before is visible to the activation that
  /// follows. True if the caller must submit the task to its executor. Thread-safe.
  [[nodiscard]] bool notify() noexcept;

  /// No activation begins any more; one that runs ends as usual. A new task is held. Thread-safe.
  void hold() noexcept;
  /// Ends the hold. True if the caller must submit the task. Thread-safe.
  [[nodiscard]] bool release() noexcept;
  /// Never run it again. Thread-safe.
  void set_gone() noexcept;
  /// True while an activation runs, or is in a run queue. Once false of a task that is held or
  /// gone, it stays so, and what the activations wrote is visible.
  bool busy() const noexcept;

  /// For executors: run one activation of a queued task. True if it must be submitted again.
  bool activate() noexcept;

  /// For executors: link in a run queue.
  Task* next_in_queue = nullptr;
  /// For run queues: what `usual_ns` was when it was put in.
  std::uint32_t queued_usual_ns = 0;
  /// For executors: its activations may block, so that they run on no worker. Set before it is
  /// first submitted.
  bool blocking = false;
  /// How long activations take on average, kept by the task itself.
  std::atomic<std::uint32_t> usual_ns{unknown_ns};
  /// When it was last submitted, kept by the executor: nanoseconds of its clock, about.
  std::atomic<std::int64_t> queued_ns{0};

 private:
  static constexpr std::uint32_t queued = 1;
  static constexpr std::uint32_t running = 2;
  static constexpr std::uint32_t notified = 4;
  static constexpr std::uint32_t held = 8;
  static constexpr std::uint32_t gone = 16;

  std::atomic<std::uint32_t> word_{held};
};

}  // namespace weir::scheduler
