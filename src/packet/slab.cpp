#include "packet/slab.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace weir::slab {

thread_local constinit ThreadCache thread_cache{};

namespace {

constexpr std::size_t alignment = 64;
constexpr std::size_t slab_bytes = 64 * 1024;
constexpr std::uint32_t magazine_most = 128;
constexpr std::size_t magazine_bytes = 256 * 1024;

constexpr std::uint32_t magazine_capacity(unsigned size_class) {
  return static_cast<std::uint32_t>(
      std::clamp<std::size_t>(magazine_bytes / size_of(size_class), 2, magazine_most));
}

std::atomic<std::size_t> taken_from_system{0};
std::atomic<std::uint64_t> requests_to_system{0};

void* system_allocate(std::size_t bytes) {
  void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  requests_to_system.fetch_add(1, std::memory_order_relaxed);
  taken_from_system.fetch_add(bytes, std::memory_order_relaxed);
  return memory;
}

// The depot of one size: magazines that no thread holds, and the rest of the slab being cut up.
class Depot {
 public:
  // Swaps an empty magazine for a full one, made from a fresh slab if there is none.
  Magazine* exchange_for_full(unsigned size_class, Magazine* empty) {
    std::lock_guard lock(mutex_);
    if (!full_.empty()) {
      Magazine* magazine = full_.back();
      full_.pop_back();
      if (empty != nullptr) empty_.push_back(empty);
      return magazine;
    }
    Magazine* magazine = empty != nullptr ? empty : take_empty(size_class);
    fill(size_class, *magazine);
    return magazine;
  }

  Magazine* exchange_for_empty(unsigned size_class, Magazine* full) {
    std::lock_guard lock(mutex_);
    if (full != nullptr) full_.push_back(full);
    return take_empty(size_class);
  }

  // Takes back what an ending thread held, empty or not.
  void take_back(Magazine* magazine) {
    if (magazine == nullptr) return;
    std::lock_guard lock(mutex_);
    (magazine->count == 0 ? empty_ : full_).push_back(magazine);
  }

 private:
  Magazine* take_empty(unsigned size_class) {
    if (!empty_.empty()) {
      Magazine* magazine = empty_.back();
      empty_.pop_back();
      return magazine;
    }
    const std::uint32_t capacity = magazine_capacity(size_class);
    void* memory = std::malloc(sizeof(Magazine) + capacity * sizeof(void*));
    if (memory == nullptr) throw std::bad_alloc();
    requests_to_system.fetch_add(1, std::memory_order_relaxed);
    auto* magazine = new (memory) Magazine;
    magazine->count = 0;
    magazine->capacity = capacity;
    return magazine;
  }

  void fill(unsigned size_class, Magazine& magazine) {
    const std::size_t size = size_of(size_class);
    // Large blocks come one at a time: a whole magazine of them might never be used.
    const std::uint32_t wanted = size >= slab_bytes ? 1 : magazine.capacity;
    while (magazine.count < wanted) {
      if (rest_ < size) {
        if (magazine.count != 0) return;
        const std::size_t bytes = std::max(slab_bytes, size);
        slab_ = static_cast<char*>(system_allocate(bytes));
        rest_ = bytes;
      }
      magazine.items[magazine.count++] = slab_;
      poison(slab_, size);
      slab_ += size;
      rest_ -= size;
    }
  }

  std::mutex mutex_;
  std::vector<Magazine*> full_;
  std::vector<Magazine*> empty_;
  char* slab_ = nullptr;
  std::size_t rest_ = 0;
};

// Never destroyed: threads may still end, and give back, while statics are torn down.
Depot* depots() {
  static Depot* const instance = new Depot[classes];
  return instance;
}

struct ThreadExit {
  ThreadExit() noexcept = default;
  ~ThreadExit() {
    for (unsigned size_class = 0; size_class < classes; ++size_class) {
      Rack& rack = thread_cache.racks[size_class];
      depots()[size_class].take_back(std::exchange(rack.loaded, nullptr));
      depots()[size_class].take_back(std::exchange(rack.previous, nullptr));
    }
  }
};

void give_back_at_thread_exit() {
  static thread_local ThreadExit at_exit;
  static_cast<void>(at_exit);
}

}  // namespace

void* allocate_slow(unsigned size_class) {
  Rack& rack = thread_cache.racks[size_class];
  if (rack.loaded == nullptr) give_back_at_thread_exit();
  if (rack.previous != nullptr && rack.previous->count != 0) {
    std::swap(rack.loaded, rack.previous);
  } else {
    Magazine* full = depots()[size_class].exchange_for_full(size_class, rack.previous);
    rack.previous = rack.loaded;
    rack.loaded = full;
  }
  return rack.loaded->items[--rack.loaded->count];
}

void release_slow(unsigned size_class, void* block) noexcept {
  Rack& rack = thread_cache.racks[size_class];
  if (rack.loaded == nullptr) give_back_at_thread_exit();
  if (rack.previous != nullptr && rack.previous->count != rack.previous->capacity) {
    std::swap(rack.loaded, rack.previous);
  } else {
    Magazine* empty = depots()[size_class].exchange_for_empty(size_class, rack.previous);
    rack.previous = rack.loaded;
    rack.loaded = empty;
  }
  rack.loaded->items[rack.loaded->count++] = block;
}

void allocate_many(unsigned size_class, void** blocks, std::size_t count) {
  for (std::size_t done = 0; done < count;) {
    Magazine* magazine = thread_cache.racks[size_class].loaded;
    if (magazine == nullptr || magazine->count == 0) {
      try {
        blocks[done] = allocate(size_class);
      } catch (...) {
        release_many(size_class, blocks, done);
        throw;
      }
      ++done;
      continue;
    }
    const std::size_t part = std::min<std::size_t>(count - done, magazine->count);
    magazine->count -= static_cast<std::uint32_t>(part);
    for (std::size_t i = 0; i < part; ++i) {
      blocks[done + i] = magazine->items[magazine->count + i];
      unpoison(blocks[done + i], size_of(size_class));
    }
    done += part;
  }
}

void release_many(unsigned size_class, void* const* blocks, std::size_t count) noexcept {
  while (count != 0) {
    Magazine* magazine = thread_cache.racks[size_class].loaded;
    const std::size_t part =
        magazine == nullptr ? 0
                            : std::min<std::size_t>(count, magazine->capacity - magazine->count);
    if (part == 0) {
      // Makes room for the next ones as well.
      release(size_class, *blocks++);
      --count;
      continue;
    }
    for (std::size_t i = 0; i < part; ++i) {
      poison(blocks[i], size_of(size_class));
      magazine->items[magazine->count + i] = blocks[i];
    }
    magazine->count += static_cast<std::uint32_t>(part);
    blocks += part;
    count -= part;
  }
}

#if defined(__SANITIZE_ADDRESS__)
void poison(void* block, std::size_t bytes) noexcept {
  __asan_poison_memory_region(block, bytes);
}
void unpoison(void* block, std::size_t bytes) noexcept {
  __asan_unpoison_memory_region(block, bytes);
}
#endif

void* allocate_bytes(std::size_t& bytes) {
  if (bytes > largest) return system_allocate(bytes);
  const unsigned size_class = class_of(bytes);
  bytes = size_of(size_class);
  return allocate(size_class);
}

void release_bytes(void* block, std::size_t bytes) noexcept {
  if (bytes > largest) {
    std::free(block);
    taken_from_system.fetch_sub(bytes, std::memory_order_relaxed);
  } else {
    release(class_of(bytes), block);
  }
}

std::size_t system_bytes() noexcept {
  return taken_from_system.load(std::memory_order_relaxed);
}

std::uint64_t system_allocations() noexcept {
  return requests_to_system.load(std::memory_order_relaxed);
}

}  // namespace weir::slab
