// A bounded queue of packets from one producing side to one consuming side: linked segments, one
// atomic publication per batch, cached indices (after Lamport's queue and its batched forms: Lee et
// al., "FastForward", PPoPP 2008; Wang et al., "B-Queue", 2013). Each side is used by one thread at
// a time; which thread that is may change, with a happens-before edge that the scheduler gives. The
// capacity is a soft bound: what lies beyond it is the overflow, for which there is a policy. With
// drop_oldest the producing side also takes, so that each use of either side is under a lock.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "connection/overflow.hpp"
#include "weir/detail/cell.hpp"

namespace weir::connection {

class Queue {
 public:
  explicit Queue(std::uint32_t capacity, const Overflow& overflow = {});
  /// Ends what is still queued.
  ~Queue();
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  /// Another policy, while neither side is in use.
  void set_overflow(const Overflow& overflow);

  // Producing side.

  /// Appends packets, which the queue then owns, and publishes them at once. Those that the policy
  /// drops are ended and counted as dropped. Returns how many packets lie beyond capacity + limit
  /// now: 0 unless the policy is block (with a limit) or fail.
  std::uint64_t put(detail::PacketCell* const* packets, std::size_t count);
  /// Nothing more will be put.
  void close() noexcept { closed_.store(true, std::memory_order_release); }
  /// Packets that may be put before the queue is at capacity.
  std::uint64_t room() noexcept;
  /// Asks the consuming side for a wake-up when there is room. False if there is room already: then
  /// the request is taken back.
  bool request_wake() noexcept;
  /// True if a full queue makes its producer rest.
  bool blocks() const noexcept { return overflow_.policy == Policy::block; }

  // Consuming side.

  /// Takes up to `most` packets, which the caller then owns. Their places are free after the next
  /// publish_taken().
  std::size_t take(detail::PacketCell** packets, std::size_t most) noexcept;
  void publish_taken() noexcept {
    const auto guard = lock();
    if (head_.load(std::memory_order_relaxed) != taken_) publish_head();
  }
  /// Packets that take() would find.
  std::uint64_t available() noexcept;
  /// Closed, and everything has been taken.
  bool ended() noexcept;
  /// True, once, if the producer asked for a wake-up and may go on: the length is at most half the
  /// capacity, or below it with `stopping` (the consumer pauses for whatever reason).
  bool owes_wake(bool stopping) noexcept;

  // Any thread.

  /// A producer held back at the old capacity must be woken by the caller.
  void set_capacity(std::uint32_t capacity) noexcept {
    capacity_.store(capacity, std::memory_order_seq_cst);
  }
  std::uint32_t capacity() const noexcept { return capacity_.load(std::memory_order_relaxed); }
  /// What is queued, overflow included.
  std::uint64_t length() const noexcept {
    const std::uint64_t head = head_.load(std::memory_order_seq_cst);
    return tail_.load(std::memory_order_acquire) - head;
  }
  /// Packets put, taken by the consumer, and dropped: put = taken + dropped + length when at rest.
  std::uint64_t put_packets() const noexcept {
    return tail_.load(std::memory_order_acquire) + dropped_new_.load(std::memory_order_relaxed);
  }
  std::uint64_t taken_packets() const noexcept {
    const std::uint64_t dropped = dropped_old_.load(std::memory_order_relaxed);
    return head_.load(std::memory_order_acquire) - dropped;
  }
  std::uint64_t dropped_packets() const noexcept {
    return dropped_new_.load(std::memory_order_relaxed) +
           dropped_old_.load(std::memory_order_relaxed);
  }
  /// Payload bytes queued now.
  std::uint64_t bytes() const noexcept {
    const std::uint64_t taken = bytes_taken_.load(std::memory_order_relaxed);
    const std::uint64_t put = bytes_put_.load(std::memory_order_relaxed);
    return put > taken ? put - taken : 0;
  }
  bool closed() const noexcept { return closed_.load(std::memory_order_acquire); }

 private:
  // As many as fill a slab block of 2 KiB. The weights (payload bytes as counted when the packet
  // was put) stand beside each other, so that a batch is weighed without a look at its packets.
  static constexpr std::uint32_t segment_slots = 170;
  struct Segment {
    detail::PacketCell* slots[segment_slots];
    std::uint32_t weights[segment_slots];
    Segment* next;
  };

  std::unique_lock<std::mutex> lock() noexcept {
    return shared_ == nullptr ? std::unique_lock<std::mutex>() : std::unique_lock(*shared_);
  }
  Segment* new_segment();
  void recycle(Segment* segment) noexcept;
  void append(detail::PacketCell* const* packets, std::size_t count);
  std::size_t take_front(detail::PacketCell** packets, std::size_t most) noexcept;
  void publish_head() noexcept {
    bytes_taken_.store(taken_bytes_, std::memory_order_relaxed);
    head_.store(taken_, std::memory_order_seq_cst);
  }
  std::uint64_t beyond_limit(std::uint64_t length, std::uint64_t bytes) const noexcept;
  std::size_t drop_front(std::size_t count) noexcept;

  // Written by the producing side.
  alignas(64) std::atomic<std::uint64_t> tail_{0};
  std::atomic<std::uint64_t> bytes_put_{0};
  std::uint64_t known_head_ = 0;
  Segment* last_ = nullptr;
  std::uint32_t last_used_ = segment_slots;
  std::atomic<bool> closed_{false};
  std::atomic<bool> wake_wanted_{false};
  std::atomic<std::uint64_t> dropped_new_{0};

  // Written by the consuming side.
  alignas(64) std::atomic<std::uint64_t> head_{0};
  std::atomic<std::uint64_t> bytes_taken_{0};
  std::uint64_t taken_ = 0;
  std::uint64_t taken_bytes_ = 0;
  std::uint64_t known_tail_ = 0;
  Segment* current_ = nullptr;
  std::uint32_t current_used_ = segment_slots;
  std::atomic<std::uint64_t> dropped_old_{0};

  // Seldom written by either side.
  alignas(64) std::atomic<std::uint32_t> capacity_;
  Overflow overflow_;
  std::atomic<Segment*> first_{nullptr};
  std::atomic<Segment*> spare_{nullptr};
  // Guards both sides where they are not apart (drop_oldest); else null.
  std::unique_ptr<std::mutex> shared_;
};

}  // namespace weir::connection
