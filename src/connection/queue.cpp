#include "connection/queue.hpp"

#include <algorithm>
#include <utility>

#include "packet/pool.hpp"
#include "packet/slab.hpp"
#include "weir/packet.hpp"

namespace weir::connection {
namespace {

constexpr unsigned segment_class = slab::class_of(2048);
constexpr std::size_t scratch_size = 64;

// Dropped packets have left their producer and reach no other process: they count as dropped of
// the connection, not as ended of whoever runs here.
void end_uncounted(detail::PacketCell* const* packets, std::size_t count) noexcept {
  detail::PacketAccount not_counted;
  const pool::AccountScope scope(not_counted);
  detail::release_cells(packets, count);
}

void add(std::atomic<std::uint64_t>& counter, std::uint64_t amount) noexcept {
  counter.store(counter.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
}

std::uint32_t weight_of(const detail::PacketCell& packet) noexcept {
  return static_cast<std::uint32_t>(
      std::min<std::size_t>(detail::payload_bytes(packet), UINT32_MAX));
}

std::uint64_t weigh(detail::PacketCell* const* packets, std::size_t count) noexcept {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < count; ++i) bytes += weight_of(*packets[i]);
  return bytes;
}

}  // namespace

Queue::Queue(std::uint32_t capacity, const Overflow& overflow) : capacity_(capacity) {
  set_overflow(overflow);
}

void Queue::set_overflow(const Overflow& overflow) {
  overflow_ = overflow;
  shared_ = overflow.policy == Policy::drop_oldest ? std::make_unique<std::mutex>() : nullptr;
}

Queue::~Queue() {
  detail::PacketCell* packets[scratch_size];
  while (const std::size_t count = take_front(packets, scratch_size)) {
    detail::release_cells(packets, count);
  }
  if (current_ != nullptr) slab::release(segment_class, current_);
  if (current_ == nullptr && first_.load() != nullptr) slab::release(segment_class, first_.load());
  if (Segment* spare = spare_.load()) slab::release(segment_class, spare);
}

Queue::Segment* Queue::new_segment() {
  static_assert(sizeof(Segment) <= slab::size_of(segment_class));
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

void Queue::append(detail::PacketCell* const* packets, std::size_t count) {
  std::uint64_t bytes = 0;
  for (std::size_t left = count; left != 0;) {
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
    const std::size_t part = std::min<std::size_t>(left, segment_slots - last_used_);
    detail::PacketCell** slots = last_->slots + last_used_;
    std::uint32_t* weights = last_->weights + last_used_;
    for (std::size_t i = 0; i < part; ++i) {
      slots[i] = packets[i];
      weights[i] = weight_of(*packets[i]);
      bytes += weights[i];
    }
    last_used_ += static_cast<std::uint32_t>(part);
    packets += part;
    left -= part;
  }
  add(bytes_put_, bytes);
  // The consumer reads the segments and first_ only after it has seen this count.
  tail_.store(tail_.load(std::memory_order_relaxed) + count, std::memory_order_release);
}

// Packets beyond capacity + limit in a queue of this length and weight.
std::uint64_t Queue::beyond_limit(std::uint64_t length, std::uint64_t bytes) const noexcept {
  const std::uint64_t capacity = capacity_.load(std::memory_order_relaxed);
  if (length <= capacity) return 0;
  std::uint64_t limit = overflow_.limit;
  if (overflow_.in_bytes && bytes != 0) {
    limit = static_cast<std::uint64_t>(static_cast<double>(limit) * static_cast<double>(length) /
                                       static_cast<double>(bytes));
  }
  const std::uint64_t over = length - capacity;
  return over > limit ? over - limit : 0;
}

// Ends up to `count` packets that have waited longest. Under the lock.
std::size_t Queue::drop_front(std::size_t count) noexcept {
  detail::PacketCell* packets[scratch_size];
  std::size_t dropped = 0;
  while (dropped < count) {
    const std::size_t part = take_front(packets, std::min(count - dropped, scratch_size));
    if (part == 0) break;
    end_uncounted(packets, part);
    dropped += part;
  }
  add(dropped_old_, dropped);
  publish_head();
  return dropped;
}

std::uint64_t Queue::put(detail::PacketCell* const* packets, std::size_t count) {
  const auto guard = lock();
  std::uint64_t beyond = 0;
  if (overflow_.limit != 0 || overflow_.policy != Policy::block) {
    const std::uint64_t bytes = overflow_.in_bytes ? this->bytes() + weigh(packets, count) : 0;
    beyond = beyond_limit(length() + count, bytes);
  }
  if (beyond != 0 && overflow_.policy == Policy::drop_newest) {
    const std::size_t dropped = std::min<std::uint64_t>(beyond, count);
    count -= dropped;
    end_uncounted(packets + count, dropped);
    add(dropped_new_, dropped);
    beyond = 0;
  } else if (beyond != 0 && overflow_.policy == Policy::drop_oldest) {
    // Those that wait, and if they are not enough the first of the new ones.
    const std::size_t dropped = std::min<std::uint64_t>(beyond - drop_front(beyond), count);
    end_uncounted(packets, dropped);
    packets += dropped;
    count -= dropped;
    add(dropped_new_, dropped);
    beyond = 0;
  }
  append(packets, count);
  return beyond;
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
  const auto guard = lock();
  return take_front(packets, most);
}

std::size_t Queue::take_front(detail::PacketCell** packets, std::size_t most) noexcept {
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
    std::copy_n(current_->slots + current_used_, part, packets + done);
    const std::uint32_t* weights = current_->weights + current_used_;
    for (std::size_t i = 0; i < part; ++i) bytes += weights[i];
    current_used_ += static_cast<std::uint32_t>(part);
    done += part;
  }
  taken_ += count;
  taken_bytes_ += bytes;
  return count;
}

std::uint64_t Queue::available() noexcept {
  const auto guard = lock();
  known_tail_ = tail_.load(std::memory_order_acquire);
  return known_tail_ - taken_;
}

bool Queue::ended() noexcept {
  // Closed is read first: what was put before the close is then visible.
  if (!closed_.load(std::memory_order_acquire)) return false;
  const auto guard = lock();
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
