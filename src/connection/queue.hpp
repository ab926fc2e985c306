// A bounded queue of packets from one producing side to one consuming side: linked segments, one
// atomic publication per batch, cached indices (after Lamport's queue and its batched forms: Lee et
// al., "FastForward", PPoPP 2008; Wang et al., "B-Queue", 2013). Each side is used by one thread at
// a time; which thread that is may change, with a happens-before edge that the scheduler gives. The
// capacity is a soft bound: put() always succeeds, and what lies beyond it is the overflow.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "weir/detail/cell.hpp"

namespace weir::connection {

class Queue {
 public:
  explicit Queue(std::uint32_t capacity) noexcept : capacity_(capacity) {}
  /// Ends what is still queued.
  ~Queue();
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  // Producing side.

  /// Appends packets and publishes them at once; the queue owns them. `bytes` is their weight.
  void put(detail::PacketCell* const* packets, std::size_t count, std::uint64_t bytes);
  /// Weight of packets about to be put, for a batch that is put in parts.
  void add_put_bytes(std::uint64_t bytes) noexcept {
    bytes_put_.store(bytes_put_.load(std::memory_order_relaxed) + bytes, std::memory_order_relaxed);
  }
  /// Nothing more will be put.
  void close() noexcept { closed_.store(true, std::memory_order_release); }
  /// Packets that may be put before the queue is at capacity.
  std::uint64_t room() noexcept;
  /// Asks the consuming side for a wake-up when there is room. False if there is room already: then
  /// the request is taken back.
  bool request_wake() noexcept;

  // Consuming side.

  /// Takes up to `most` packets, which the caller then owns. Their places are free after the next
  /// publish_taken().
  std::size_t take(detail::PacketCell** packets, std::size_t most) noexcept;
  void publish_taken() noexcept {
    if (head_.load(std::memory_order_relaxed) != taken_) {
      bytes_taken_.store(taken_bytes_local_, std::memory_order_relaxed);
      head_.store(taken_, std::memory_order_seq_cst);
    }
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
    const std::uint64_t head = head_.load(std::memory_order_acquire);
    return tail_.load(std::memory_order_acquire) - head;
  }
  std::uint64_t put_packets() const noexcept { return tail_.load(std::memory_order_acquire); }
  std::uint64_t taken_packets() const noexcept { return head_.load(std::memory_order_acquire); }
  std::uint64_t put_bytes() const noexcept { return bytes_put_.load(std::memory_order_relaxed); }
  std::uint64_t taken_bytes() const noexcept {
    return bytes_taken_.load(std::memory_order_relaxed);
  }
  bool closed() const noexcept { return closed_.load(std::memory_order_acquire); }

 private:
  // With the link a power of two, so that a segment fills its slab block.
  static constexpr std::uint32_t segment_slots = 127;
  struct Segment {
    detail::PacketCell* slots[segment_slots];
    Segment* next;
  };

  Segment* new_segment();
  void recycle(Segment* segment) noexcept;

  // Written by the producing side.
  alignas(64) std::atomic<std::uint64_t> tail_{0};
  std::atomic<std::uint64_t> bytes_put_{0};
  std::uint64_t known_head_ = 0;
  Segment* last_ = nullptr;
  std::uint32_t last_used_ = segment_slots;
  std::atomic<bool> closed_{false};
  std::atomic<bool> wake_wanted_{false};

  // Written by the consuming side.
  alignas(64) std::atomic<std::uint64_t> head_{0};
  std::atomic<std::uint64_t> bytes_taken_{0};
  std::uint64_t taken_ = 0;
  std::uint64_t taken_bytes_local_ = 0;
  std::uint64_t known_tail_ = 0;
  Segment* current_ = nullptr;
  std::uint32_t current_used_ = segment_slots;

  // Seldom written by either side.
  alignas(64) std::atomic<std::uint32_t> capacity_;
  std::atomic<Segment*> first_{nullptr};
  std::atomic<Segment*> spare_{nullptr};
};

}  // namespace weir::connection
