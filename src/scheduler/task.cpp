#include "scheduler/task.hpp"

namespace weir::scheduler {
namespace {

constexpr std::uint64_t one_running = 1;
constexpr std::uint64_t limit_shift = 32;
constexpr std::uint64_t count_mask = 0xFFFF;
constexpr std::uint64_t queued_mark = std::uint64_t{1} << 48;
constexpr std::uint64_t notified_mark = std::uint64_t{1} << 49;
constexpr std::uint64_t gone_mark = std::uint64_t{1} << 50;

constexpr std::uint64_t running_of(std::uint64_t word) {
  return word & count_mask;
}
constexpr std::uint64_t limit_of(std::uint64_t word) {
  return word >> limit_shift & count_mask;
}

constexpr bool has_free_unit(std::uint64_t word) {
  return running_of(word) < limit_of(word);
}

}  // namespace

bool Task::notify() noexcept {
  std::uint64_t word = word_.load(std::memory_order_relaxed);
  for (;;) {
    if ((word & gone_mark) != 0) return false;
    std::uint64_t changed = word;
    bool submit = false;
    if ((word & queued_mark) == 0) {
      submit = has_free_unit(word);
      changed |= submit ? queued_mark : notified_mark;
    }
    // Even an unchanged word is written: the activation that begins acquires what was published.
    if (word_.compare_exchange_weak(word, changed, std::memory_order_acq_rel,
                                    std::memory_order_relaxed)) {
      return submit;
    }
  }
}

bool Task::set_limit(std::uint32_t limit) noexcept {
  std::uint64_t word = word_.load(std::memory_order_relaxed);
  for (;;) {
    std::uint64_t changed =
        (word & ~(count_mask << limit_shift)) | (std::uint64_t{limit} & count_mask) << limit_shift;
    const bool submit = (word & (queued_mark | gone_mark)) == 0 && has_free_unit(changed) &&
                        (word & notified_mark) != 0;
    if (submit) changed = (changed & ~notified_mark) | queued_mark;
    if (word_.compare_exchange_weak(word, changed, std::memory_order_acq_rel,
                                    std::memory_order_relaxed)) {
      return submit;
    }
  }
}

void Task::set_gone() noexcept {
  word_.fetch_or(gone_mark, std::memory_order_acq_rel);
}

bool Task::running() const noexcept {
  return running_of(word_.load(std::memory_order_acquire)) != 0;
}

bool Task::queued() const noexcept {
  return (word_.load(std::memory_order_acquire) & queued_mark) != 0;
}

bool Task::activate() noexcept {
  // Begin: from queued to running. What was notified until now is looked at by this activation.
  std::uint64_t word = word_.load(std::memory_order_relaxed);
  std::uint64_t changed;
  do {
    changed = word & ~(queued_mark | notified_mark);
    if ((word & gone_mark) == 0) changed += one_running;
  } while (!word_.compare_exchange_weak(word, changed, std::memory_order_acq_rel,
                                        std::memory_order_relaxed));
  if ((word & gone_mark) != 0) return false;

  for (;;) {
    const After after = run();
    word = word_.load(std::memory_order_relaxed);
    bool look_again;
    bool submit;
    do {
      const bool gone = (word & gone_mark) != 0;
      look_again = after == After::rest && (word & notified_mark) != 0 && !gone;
      submit = after == After::again && !gone && (word & queued_mark) == 0;
      changed = word & ~notified_mark;
      if (!look_again) changed -= one_running;
      if (submit) changed |= queued_mark;
    } while (!word_.compare_exchange_weak(word, changed, std::memory_order_acq_rel,
                                          std::memory_order_relaxed));
    if (!look_again) return submit;
  }
}

}  // namespace weir::scheduler
