// The memory pool behind packets, buffers and documents: blocks of power-of-two sizes from slabs,
// with two magazines per thread and size, exchanged whole with a shared depot, because the threads
// that allocate packets (sources) are seldom those that free them (sinks). After Bonwick & Adams,
// "Magazines and Vmem", USENIX 2001. Thread-safe. Blocks are 64-byte aligned; memory once taken
// from the system is kept for reuse, until trim(). What is in use is counted where magazines change
// hands, so that taking a block costs nothing for it.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace weir::slab {

inline constexpr unsigned smallest_bits = 6;
inline constexpr unsigned largest_bits = 20;
inline constexpr unsigned classes = largest_bits - smallest_bits + 1;
inline constexpr std::size_t largest = std::size_t{1} << largest_bits;

/// The size class of a block of `bytes` (at most `largest`).
constexpr unsigned class_of(std::size_t bytes) noexcept {
  if (bytes <= (std::size_t{1} << smallest_bits)) return 0;
  return static_cast<unsigned>(std::bit_width(bytes - 1)) - smallest_bits;
}
constexpr std::size_t size_of(unsigned size_class) noexcept {
  return std::size_t{1} << (size_class + smallest_bits);
}

/// Filled and emptied by who has it; the count is read by used_bytes() at any time, so that a
/// magazine is never given back to the system.
struct Magazine {
  /// In a depot.
  Magazine* next;
  std::atomic<std::uint32_t> count;
  std::uint32_t capacity;
  void* items[1];
};

/// What a thread keeps of one size. Both magazines are null until the thread first uses the size.
struct Rack {
  std::atomic<Magazine*> loaded;
  std::atomic<Magazine*> previous;
};

struct ThreadCache {
  Rack racks[classes];
};

extern thread_local constinit ThreadCache thread_cache;

void* allocate_slow(unsigned size_class);
void release_slow(unsigned size_class, void* block) noexcept;
#if defined(__SANITIZE_ADDRESS__)
void poison(void* block, std::size_t bytes) noexcept;
void unpoison(void* block, std::size_t bytes) noexcept;
#else
inline void poison(void*, std::size_t) noexcept {}
inline void unpoison(void*, std::size_t) noexcept {}
#endif

/// A block of size_of(size_class) bytes. Throws std::bad_alloc.
inline void* allocate(unsigned size_class) {
  Magazine* magazine = thread_cache.racks[size_class].loaded.load(std::memory_order_relaxed);
  std::uint32_t count = magazine != nullptr ? magazine->count.load(std::memory_order_relaxed) : 0;
  void* block;
  if (count != 0) {
    block = magazine->items[--count];
    magazine->count.store(count, std::memory_order_relaxed);
  } else {
    block = allocate_slow(size_class);
  }
  unpoison(block, size_of(size_class));
  return block;
}

/// Gives a block back. Any thread may.
inline void release(unsigned size_class, void* block) noexcept {
  poison(block, size_of(size_class));
  Magazine* magazine = thread_cache.racks[size_class].loaded.load(std::memory_order_relaxed);
  if (magazine != nullptr) {
    const std::uint32_t count = magazine->count.load(std::memory_order_relaxed);
    if (count != magazine->capacity) {
      magazine->items[count] = block;
      magazine->count.store(count + 1, std::memory_order_relaxed);
      return;
    }
  }
  release_slow(size_class, block);
}

/// Several blocks at once. Throws std::bad_alloc, and then none was taken.
void allocate_many(unsigned size_class, void** blocks, std::size_t count);
/// Gives many back at once.
void release_many(unsigned size_class, void* const* blocks, std::size_t count) noexcept;

/// A block of any size; beyond `largest` from the system. `bytes` becomes the usable size.
void* allocate_bytes(std::size_t& bytes);
/// `bytes` as allocate_bytes() left it.
void release_bytes(void* block, std::size_t bytes) noexcept;

/// Bytes taken from the system so far and not given back.
std::size_t system_bytes() noexcept;
/// Bytes of blocks in use, those included that threads have at hand for their next allocations: an
/// upper bound of used_bytes() that costs one load.
std::size_t used_bytes_at_most() noexcept;
/// Bytes of blocks in use. Costs a look at every thread that has ever used the pool; exact while
/// none does.
std::size_t used_bytes() noexcept;
/// Gives back to the system what is free: large blocks, and slabs of which no block is in use.
/// Takes time in proportion to the free blocks. What threads have at hand stays.
void trim() noexcept;
/// How often the pool has asked the system for memory; it does not use operator new for that.
std::uint64_t system_allocations() noexcept;

}  // namespace weir::slab
