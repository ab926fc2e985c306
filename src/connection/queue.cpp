#include "connection/queue.hpp"

#include <algorithm>
#include <utility>

#include "packet/slab.hpp"
#include "weir/packet.hpp"

namespace weir::connection {
namespace {
constexpr unsigned segment_class = slab::class_of(1024);
}

Queue::~Queue() {
  detail::PacketCell* packets[64];
  while (const std::size_t count = take(packets, 64)) {
    for (std::size_t i = 0; i < count; ++i) Packet::adopt(packets[i]);
  }
  if (current_ != nullptr) slab::release(segment_class, current_);
  if (current_ == nullptr && first_.load() != nullptr) slab::release(segment_class, first_.load());
  if (Segment* spare = spare_.load()) slab::release(segment_class, spare);
}

Queue::Segment* Queue::new_segment() {
  static_assert(sizeof(Segment) == slab::size_of(segment_class));
  Segment* segment = spare_.exchange(nullptr, std::memory_order_acquire);
  if (segment == nullptr) segment = static_cast<Segment*>(slab::allocate(segment_class));
  segment->next = nullptr;
  return segment;
}

void Queue::recycle(Segment* segment) noexcept {
  if (Segment* old = spare_.exchange(segment, std::memory_order_acq_rel)) {
    slab::release(segment_class, old);
  }
}

void Queue::put(detail::PacketCell* const* packets, std::size_t count, std::uint64_t bytes) {
  std::size_t done = 0;
  while (done < count) {
    if (last_used_ == segment_slots) {
      Segment* segment = new_segment();
      if (last_ == nullptr) {
        first_.store(segment, std::memory_order_relaxed);
      } else {
        last_->next = segment;
      }
      last_ = segment;
      last_used_ = 0;
    }
    const std::size_t part = std::min<std::size_t>(count - done, segment_slots - last_used_);
    std::copy_n(packets + done, part, last_->slots + last_used_);
    last_used_ += static_cast<std::uint32_t>(part);
    done += part;
  }
  add_put_bytes(bytes);
  // The consumer reads the segments and first_ only after it has seen this count.
  tail_.store(tail_.load(std::memory_order_relaxed) + count, std::memory_order_release);
}

std::uint64_t Queue::room() noexcept {
  const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
  const std::uint64_t capacity = capacity_.load(std::memory_order_relaxed);
  // The cached index only underestimates the room: look again when it seems less than half.
  if (tail - known_head_ > capacity / 2) known_head_ = head_.load(std::memory_order_acquire);
  const std::uint64_t length = tail - known_head_;
  return length < capacity ? capacity - length : 0;
}

bool Queue::request_wake() noexcept {
  // Store the wish, then read the index; the consumer stores the index, then reads the wish. All
  // four are sequentially consistent, so at least one side sees the other.
  wake_wanted_.store(true, std::memory_order_seq_cst);
  known_head_ = head_.load(std::memory_order_seq_cst);
  const std::uint64_t length = tail_.load(std::memory_order_relaxed) - known_head_;
  if (length >= capacity_.load(std::memory_order_seq_cst)) return true;
  wake_wanted_.store(false, std::memory_order_relaxed);
  return false;
}

std::size_t Queue::take(detail::PacketCell** packets, std::size_t most) noexcept {
  if (known_tail_ - taken_ < most) known_tail_ = tail_.load(std::memory_order_acquire);
  const std::size_t count = std::min<std::uint64_t>(most, known_tail_ - taken_);
  if (count == 0) return 0;
  std::size_t done = 0;
  std::uint64_t bytes = 0;
  while (done < count) {
    if (current_used_ == segment_slots) {
      Segment* old = current_;
      current_ = old == nullptr ? first_.load(std::memory_order_relaxed) : old->next;
      current_used_ = 0;
      if (old != nullptr) recycle(old);
    }
    const std::size_t part = std::min<std::size_t>(count - done, segment_slots - current_used_);
    for (std::size_t i = 0; i < part; ++i) {
      detail::PacketCell* cell = current_->slots[current_used_ + i];
      packets[done + i] = cell;
      Packet packet = Packet::adopt(cell);
      bytes += packet.size_bytes();
      packet.release_to_runtime();
    }
    current_used_ += static_cast<std::uint32_t>(part);
    done += part;
  }
  taken_ += count;
  taken_bytes_local_ += bytes;
  return count;
}

std::uint64_t Queue::available() noexcept {
  known_tail_ = tail_.load(std::memory_order_acquire);
  return known_tail_ - taken_;
}

bool Queue::ended() noexcept {
  // Closed is read first: what was put before the close is then visible.
  if (!closed_.load(std::memory_order_acquire)) return false;
  known_tail_ = tail_.load(std::memory_order_acquire);
  return known_tail_ == taken_;
}

bool Queue::owes_wake(bool stopping) noexcept {
  if (!wake_wanted_.load(std::memory_order_seq_cst)) return false;
  const std::uint64_t length =
      tail_.load(std::memory_order_acquire) - head_.load(std::memory_order_relaxed);
  const std::uint64_t capacity = capacity_.load(std::memory_order_relaxed);
  if (stopping ? length >= capacity : length > capacity / 2) return false;
  return wake_wanted_.exchange(false, std::memory_order_acq_rel);
}

}  // namespace weir::connection
