#include "runtime/loop.hpp"

#include <algorithm>
#include <limits>

namespace weir::runtime {

std::uint64_t Loop::room() const noexcept {
  std::uint64_t least = std::numeric_limits<std::uint32_t>::max();
  for (const Connection* connection : inner_) {
    const std::uint64_t half = (std::uint64_t{connection->queue.capacity()} + 1) / 2;
    const std::uint64_t length = connection->queue.length();
    least = std::min(least, half > length ? half - length : 0);
  }
  return least;
}

std::uint64_t Loop::admits() noexcept {
  if (const std::uint64_t now = room()) return now;
  // The wish is stored, then the lengths are read; a consumer stores its index, then reads the
  // wish. All are sequentially consistent, so at least one sees the other.
  entry_waits_.store(true, std::memory_order_seq_cst);
  return room();
}

void Loop::taken() noexcept {
  if (!entry_waits_.load(std::memory_order_seq_cst) || room() == 0) return;
  if (!entry_waits_.exchange(false, std::memory_order_acq_rel)) return;
  for (LoopMember* member : members_) member->wake(false);
}

void Loop::enter() noexcept {
  running_.fetch_add(1, std::memory_order_seq_cst);
  starts_.fetch_add(1, std::memory_order_seq_cst);
}

void Loop::leave() noexcept {
  if (running_.fetch_sub(1, std::memory_order_seq_cst) == 1) end_if_empty();
}

// Looks at everything twice: if no activation has begun meanwhile, what was seen was true at one
// moment. If one has, it looks again when it leaves.
void Loop::end_if_empty() noexcept {
  if (suspended_) return;
  const std::uint64_t starts = starts_.load(std::memory_order_seq_cst);
  if (running_.load(std::memory_order_seq_cst) != 0) return;
  for (const Connection* entry : entries_) {
    if (!entry->queue.closed() || entry->queue.length() != 0) return;
  }
  for (const Connection* connection : inner_) {
    if (connection->queue.length() != 0) return;
  }
  for (const LoopMember* member : members_) {
    if (!member->empty_handed()) return;
  }
  if (running_.load(std::memory_order_seq_cst) != 0 ||
      starts_.load(std::memory_order_seq_cst) != starts) {
    return;
  }
  if (ended_.exchange(true, std::memory_order_acq_rel)) return;
  for (LoopMember* member : members_) member->wake(false);
}

}  // namespace weir::runtime
