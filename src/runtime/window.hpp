// The reorder window of a process that handles several batches at once: each claim takes a ticket,
// a finished batch goes into its ticket's slot, and what was emitted is published in the order of
// the tickets, so that packets leave in the order in which they came. With order `any` a finished
// slot need not wait for those before it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "runtime/batches.hpp"

namespace weir::runtime {

class Output;

class Window {
 public:
  explicit Window(bool keep_order) noexcept : keep_order_(keep_order) {}

  /// Makes room for at least this many tickets. Only while no lane of the process runs.
  void resize(std::uint64_t tickets, const Output& output);
  /// After ports were wired anew. Only while no lane of the process runs.
  void mark_connected(const Output& output) noexcept;

  // With the claim turn.

  /// True if no ticket can be given.
  bool full() const noexcept {
    return next_.load(std::memory_order_relaxed) - base_.load(std::memory_order_seq_cst) >= size_;
  }
  std::uint64_t take_ticket() noexcept {
    const std::uint64_t ticket = next_.load(std::memory_order_relaxed);
    next_.store(ticket + 1, std::memory_order_release);
    return ticket;
  }

  // By the lane that has the ticket.

  /// The empty batches that belong to a ticket, for exchange with what was emitted.
  Batches& batches(std::uint64_t ticket) noexcept { return slot(ticket).batches; }
  void finish(std::uint64_t ticket) noexcept {
    slot(ticket).finished.store(true, std::memory_order_release);
  }

  // With the publish turn.

  /// Calls `publish` with the batches of each finished slot whose turn it is. True if any.
  template <class Publish>
  bool publish_finished(const Publish& publish) {
    std::uint64_t base = base_.load(std::memory_order_relaxed);
    const std::uint64_t next = next_.load(std::memory_order_acquire);
    const std::uint64_t begin = base;
    for (; base != next && slot(base).finished.load(std::memory_order_acquire); ++base) {
      publish_slot(slot(base), publish);
      slot(base).finished.store(false, std::memory_order_relaxed);
      slot(base).published = false;
      base_.store(base + 1, std::memory_order_seq_cst);
    }
    if (!keep_order_) {
      for (std::uint64_t ticket = base; ticket < next; ++ticket) {
        if (slot(ticket).finished.load(std::memory_order_acquire)) {
          publish_slot(slot(ticket), publish);
        }
      }
    }
    return base != begin;
  }
  /// Every ticket that was given has been published.
  bool empty() const noexcept {
    return base_.load(std::memory_order_acquire) == next_.load(std::memory_order_acquire);
  }

 private:
  struct Slot {
    Batches batches;
    std::atomic<bool> finished{false};
    // Out of turn (order any): the ticket is not given again before its turn.
    bool published = false;
  };

  Slot& slot(std::uint64_t ticket) const noexcept { return slots_[ticket & (size_ - 1)]; }
  template <class Publish>
  static void publish_slot(Slot& slot, const Publish& publish) {
    if (slot.published) return;
    publish(slot.batches);
    slot.published = true;
  }

  const bool keep_order_;
  std::uint64_t size_ = 0;
  std::unique_ptr<Slot[]> slots_;
  std::atomic<std::uint64_t> next_{0};
  std::atomic<std::uint64_t> base_{0};
};

}  // namespace weir::runtime
