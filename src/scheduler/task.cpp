#include "scheduler/task.hpp"

namespace weir::scheduler {

bool Task::notify() noexcept {
  std::uint32_t word = word_.load(std::memory_order_relaxed);
  for (;;) {
    if ((word & gone) != 0) return false;
    std::uint32_t changed = word;
    if ((word & (running | held)) != 0) {
      changed |= notified;
    } else {
      changed |= queued;
    }
    // Even an unchanged word is written: the activation that begins acquires what was published.
    if (word_.compare_exchange_weak(word, changed, std::memory_order_acq_rel,
                                    std::memory_order_relaxed)) {
      return (changed & ~word & queued) != 0;
    }
  }
}

void Task::hold() noexcept {
  word_.fetch_or(held, std::memory_order_acq_rel);
}

bool Task::release() noexcept {
  std::uint32_t word = word_.load(std::memory_order_relaxed);
  for (;;) {
    std::uint32_t changed = word & ~held;
    const bool submit = (word & notified) != 0 && (word & (running | queued | gone)) == 0;
    if (submit) changed = (changed & ~notified) | queued;
    if (word_.compare_exchange_weak(word, changed, std::memory_order_acq_rel,
                                    std::memory_order_relaxed)) {
      return submit;
    }
  }
}

void Task::set_gone() noexcept {
  word_.fetch_or(gone, std::memory_order_acq_rel);
}

bool Task::busy() const noexcept {
  return (word_.load(std::memory_order_acquire) & (running | queued)) != 0;
}

bool Task::activate() noexcept {
  // Begin: from queued to running. What was notified until now is looked at by this activation.
  std::uint32_t word = word_.load(std::memory_order_relaxed);
  std::uint32_t changed;
  bool runs;
  do {
    runs = (word & (held | gone)) == 0;
    changed = word & ~queued;
    changed = runs ? (changed & ~notified) | running : changed | notified;
  } while (!word_.compare_exchange_weak(word, changed, std::memory_order_acq_rel,
                                        std::memory_order_relaxed));
  if (!runs) return false;

  for (;;) {
    const After after = run();
    word = word_.load(std::memory_order_relaxed);
    bool look_again;
    bool submit;
    do {
      const bool stopped = (word & (held | gone)) != 0;
      look_again = after == After::rest && (word & notified) != 0 && !stopped;
      submit = after == After::again && !stopped;
      changed = word;
      if (look_again || submit) changed &= ~notified;
      if (after == After::again && stopped) changed |= notified;
      if (!look_again) changed &= ~running;
      if (submit) changed |= queued;
    } while (!word_.compare_exchange_weak(word, changed, std::memory_order_acq_rel,
                                          std::memory_order_relaxed));
    if (!look_again) return submit;
  }
}

}  // namespace weir::scheduler
