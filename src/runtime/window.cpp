#include "runtime/window.hpp"

#include <bit>
#include <utility>

#include "runtime/output.hpp"

namespace weir::runtime {

void Window::resize(std::uint64_t tickets, const Output& output) {
  if (tickets <= size_) return;
  const std::uint64_t larger = std::bit_ceil(tickets);
  auto slots = std::make_unique<Slot[]>(larger);
  for (std::uint64_t i = 0; i < larger; ++i) {
    slots[i].batches = Batches(output.elements());
    output.mark_connected(slots[i].batches);
  }
  for (std::uint64_t ticket = base_.load(); ticket != next_.load(); ++ticket) {
    Slot& from = slot(ticket);
    Slot& to = slots[ticket & (larger - 1)];
    to.batches.swap(from.batches);
    to.finished.store(from.finished.load());
    to.published = from.published;
  }
  slots_ = std::move(slots);
  size_ = larger;
}

void Window::mark_connected(const Output& output) noexcept {
  for (std::uint64_t i = 0; i < size_; ++i) output.mark_connected(slots_[i].batches);
}

}  // namespace weir::runtime
