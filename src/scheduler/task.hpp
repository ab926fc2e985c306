// Something that is run when it has work: one word says what it is doing, and decides who runs it.
//
// The word counts the activations that run and those that wait outside, holds the limit on both
// together, and three marks: queued (an activation is in a run queue), notified (something happened
// that no activation has looked at yet) and gone (never run it again). It is changed only by
// read-modify-write, so that of a notifier, which first publishes its data and then changes the
// word, and an ending activation, one always sees the other: no wake-up is lost.
#pragma once

#include <atomic>
#include <cstdint>

namespace weir::scheduler {

class Task {
 public:
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

  /// Changes how many activations may run together; 0 (the initial value) holds the task back.
  /// True if the caller must submit the task. Thread-safe.
  [[nodiscard]] bool set_limit(std::uint32_t limit) noexcept;

  /// Never run it again. Thread-safe.
  void set_gone() noexcept;
  /// True while an activation runs.
  bool running() const noexcept;
  bool queued() const noexcept;

  /// For executors: run one activation of a queued task. True if it must be submitted again.
  bool activate() noexcept;

  /// For executors: link in a run queue.
  Task* next_in_queue = nullptr;
  /// How long recent activations took, kept by the task itself.
  std::atomic<std::uint32_t> usual_ns{unknown_ns};

 private:
  // Until it is known: long enough that a parked worker is woken for what waits behind it.
  static constexpr std::uint32_t unknown_ns = 50'000;

  std::atomic<std::uint64_t> word_{0};
};

}  // namespace weir::scheduler
