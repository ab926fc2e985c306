#include "packet/slab.hpp"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
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
// Blocks that have left the depots, and large ones.
std::atomic<std::int64_t> out_of_depots{0};

std::uint32_t count_of(const Magazine& magazine) noexcept {
  return magazine.count.load(std::memory_order_relaxed);
}
void set_count(Magazine& magazine, std::uint32_t count) noexcept {
  magazine.count.store(count, std::memory_order_relaxed);
}
Magazine* in(const std::atomic<Magazine*>& place) noexcept {
  return place.load(std::memory_order_relaxed);
}
// For used_bytes(), which may look at any moment: the magazine is whole before it is seen.
void put(std::atomic<Magazine*>& place, Magazine* magazine) noexcept {
  place.store(magazine, std::memory_order_release);
}

void count_out(unsigned size_class, const Magazine* magazine, int sign) noexcept {
  if (magazine == nullptr) return;
  const auto bytes = static_cast<std::int64_t>(count_of(*magazine) * size_of(size_class));
  out_of_depots.fetch_add(sign * bytes, std::memory_order_relaxed);
}

void* system_allocate(std::size_t bytes) {
  void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  requests_to_system.fetch_add(1, std::memory_order_relaxed);
  taken_from_system.fetch_add(bytes, std::memory_order_relaxed);
  return memory;
}

// Magazines that no thread holds. To hold one takes no memory, so that giving back never fails.
class Stack {
 public:
  bool empty() const noexcept { return top_ == nullptr; }
  Magazine* top() const noexcept { return top_; }
  void push(Magazine* magazine) noexcept {
    magazine->next = top_;
    top_ = magazine;
  }
  Magazine* pop() noexcept { return std::exchange(top_, top_->next); }

 private:
  Magazine* top_ = nullptr;
};

// The depot of one size: magazines that no thread holds, and the rest of the slab being cut up.
class Depot {
 public:
  // Swaps an empty magazine for a full one, made from a fresh slab if there is none.
  Magazine* exchange_for_full(unsigned size_class, Magazine* empty) {
    std::lock_guard lock(mutex_);
    Magazine* magazine;
    if (!full_.empty()) {
      magazine = full_.pop();
      if (empty != nullptr) empty_.push(empty);
    } else {
      magazine = empty != nullptr ? empty : take_empty(size_class);
      if (magazine == nullptr) throw std::bad_alloc();
      try {
        fill(size_class, *magazine);
      } catch (...) {
        if (magazine != empty) empty_.push(magazine);
        throw;
      }
    }
    count_out(size_class, magazine, 1);
    return magazine;
  }

  // Null if there is no memory for one; nothing has changed then.
  Magazine* exchange_for_empty(unsigned size_class, Magazine* full) noexcept {
    std::lock_guard lock(mutex_);
    Magazine* const empty = take_empty(size_class);
    if (empty == nullptr || full == nullptr) return empty;
    count_out(size_class, full, -1);
    full_.push(full);
    return empty;
  }

  // Takes back what an ending thread held, empty or not.
  void take_back(unsigned size_class, Magazine* magazine) noexcept {
    if (magazine == nullptr) return;
    std::lock_guard lock(mutex_);
    count_out(size_class, magazine, -1);
    (count_of(*magazine) == 0 ? empty_ : full_).push(magazine);
  }

  // Takes back one block, for want of a magazine.
  void take_loose(unsigned size_class, void* block) noexcept {
    std::lock_guard lock(mutex_);
    out_of_depots.fetch_sub(static_cast<std::int64_t>(size_of(size_class)),
                            std::memory_order_relaxed);
    unpoison(block, sizeof(Loose));
    loose_ = new (block) Loose{loose_};
  }

  void trim(unsigned size_class) {
    std::lock_guard lock(mutex_);
    if (full_.empty()) return;
    std::vector<char*> blocks;
    for (Magazine* magazine = full_.top(); magazine != nullptr; magazine = magazine->next) {
      for (std::uint32_t i = 0; i < count_of(*magazine); ++i) {
        blocks.push_back(static_cast<char*>(magazine->items[i]));
      }
    }
    std::sort(blocks.begin(), blocks.end(), std::less<>());
    std::sort(slabs_.begin(), slabs_.end(), std::less<>());
    // Nothing below may throw: the blocks are in no magazine for a while.
    const std::size_t size = size_of(size_class);
    const std::size_t bytes = std::max(slab_bytes, size);
    const std::size_t in_a_slab = bytes / size;
    auto kept = blocks.begin();
    auto block = blocks.begin();
    std::erase_if(slabs_, [&](char* slab) {
      const auto first = block;
      while (block != blocks.end() && std::less<>()(*block, slab + bytes)) ++block;
      // Of the one that is being cut up some blocks were never made.
      if (static_cast<std::size_t>(block - first) == in_a_slab) {
        unpoison(slab, bytes);
        std::free(slab);
        taken_from_system.fetch_sub(bytes, std::memory_order_relaxed);
        return true;
      }
      kept = kept == first ? block : std::move(first, block, kept);
      return false;
    });
    blocks.erase(kept, blocks.end());
    put_back(blocks);
  }

 private:
  // A free block that is in no magazine.
  struct Loose {
    Loose* next;
  };

  // Lays blocks into the magazines that they came from, as many as are needed.
  void put_back(const std::vector<char*>& blocks) noexcept {
    auto block = blocks.begin();
    Stack came_from = std::exchange(full_, {});
    while (!came_from.empty()) {
      Magazine* const magazine = came_from.pop();
      std::uint32_t count = 0;
      while (count < magazine->capacity && block != blocks.end()) {
        magazine->items[count++] = *block++;
      }
      set_count(*magazine, count);
      (count == 0 ? empty_ : full_).push(magazine);
    }
  }

  // Null if there is no memory for one.
  Magazine* take_empty(unsigned size_class) noexcept {
    if (!empty_.empty()) return empty_.pop();
    const std::uint32_t capacity = magazine_capacity(size_class);
    void* memory = std::malloc(sizeof(Magazine) + capacity * sizeof(void*));
    if (memory == nullptr) return nullptr;
    requests_to_system.fetch_add(1, std::memory_order_relaxed);
    auto* magazine = new (memory) Magazine;
    set_count(*magazine, 0);
    magazine->capacity = capacity;
    return magazine;
  }

  void fill(unsigned size_class, Magazine& magazine) {
    const std::size_t size = size_of(size_class);
    // Large blocks come one at a time: a whole magazine of them might never be used.
    const std::uint32_t wanted = size >= slab_bytes ? 1 : magazine.capacity;
    for (std::uint32_t count = 0; count < wanted; set_count(magazine, count)) {
      if (loose_ != nullptr) {
        Loose* const block = std::exchange(loose_, loose_->next);
        magazine.items[count++] = block;
        poison(block, size);
        continue;
      }
      if (rest_ < size) {
        if (count != 0) return;
        const std::size_t bytes = std::max(slab_bytes, size);
        if (slabs_.size() == slabs_.capacity()) slabs_.reserve(2 * slabs_.size() + 16);
        slab_ = static_cast<char*>(system_allocate(bytes));
        slabs_.push_back(slab_);
        rest_ = bytes;
      }
      magazine.items[count++] = slab_;
      poison(slab_, size);
      slab_ += size;
      rest_ -= size;
    }
  }

  std::mutex mutex_;
  Stack full_;
  Stack empty_;
  Loose* loose_ = nullptr;
  // What was taken from the system.
  std::vector<char*> slabs_;
  // The one that is being cut up.
  char* slab_ = nullptr;
  std::size_t rest_ = 0;
};

// Never destroyed: threads may still end, and give back, while statics are torn down.
Depot* depots() {
  static Depot* const instance = new Depot[classes];
  return instance;
}

struct Threads {
  std::mutex mutex;
  std::vector<const ThreadCache*> caches;
};
Threads& threads() {
  static Threads* const instance = new Threads;
  return *instance;
}

// What threads have at hand.
std::int64_t cached_bytes() noexcept {
  std::int64_t bytes = 0;
  const std::lock_guard lock(threads().mutex);
  for (const ThreadCache* cache : threads().caches) {
    for (unsigned size_class = 0; size_class < classes; ++size_class) {
      for (const auto* place :
           {&cache->racks[size_class].loaded, &cache->racks[size_class].previous}) {
        const Magazine* magazine = place->load(std::memory_order_acquire);
        if (magazine == nullptr) continue;
        bytes += static_cast<std::int64_t>(count_of(*magazine) * size_of(size_class));
      }
    }
  }
  return bytes;
}

struct ThreadExit {
  ThreadExit() {
    const std::lock_guard lock(threads().mutex);
    threads().caches.push_back(&thread_cache);
  }
  ~ThreadExit() {
    {
      const std::lock_guard lock(threads().mutex);
      std::erase(threads().caches, &thread_cache);
    }
    for (unsigned size_class = 0; size_class < classes; ++size_class) {
      Rack& rack = thread_cache.racks[size_class];
      depots()[size_class].take_back(size_class, rack.loaded.exchange(nullptr));
      depots()[size_class].take_back(size_class, rack.previous.exchange(nullptr));
    }
  }
};

void give_back_at_thread_exit() {
  static thread_local ThreadExit at_exit;
  static_cast<void>(at_exit);
}

bool give_back_at_thread_exit_or_not() noexcept {
  try {
    give_back_at_thread_exit();
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

}  // namespace

void* allocate_slow(unsigned size_class) {
  Rack& rack = thread_cache.racks[size_class];
  Magazine* const loaded = in(rack.loaded);
  Magazine* const previous = in(rack.previous);
  if (loaded == nullptr) give_back_at_thread_exit();
  Magazine* magazine = previous;
  if (previous == nullptr || count_of(*previous) == 0) {
    magazine = depots()[size_class].exchange_for_full(size_class, previous);
  }
  put(rack.previous, loaded);
  put(rack.loaded, magazine);
  const std::uint32_t count = count_of(*magazine) - 1;
  set_count(*magazine, count);
  return magazine->items[count];
}

void release_slow(unsigned size_class, void* block) noexcept {
  Rack& rack = thread_cache.racks[size_class];
  Magazine* const loaded = in(rack.loaded);
  Magazine* const previous = in(rack.previous);
  Magazine* magazine = previous;
  if (previous == nullptr || count_of(*previous) == previous->capacity) {
    // What a thread has must be given back when it ends.
    const bool may_keep = loaded != nullptr || give_back_at_thread_exit_or_not();
    magazine = may_keep ? depots()[size_class].exchange_for_empty(size_class, previous) : nullptr;
  }
  if (magazine == nullptr) return depots()[size_class].take_loose(size_class, block);
  put(rack.previous, loaded);
  put(rack.loaded, magazine);
  const std::uint32_t count = count_of(*magazine);
  magazine->items[count] = block;
  set_count(*magazine, count + 1);
}

void allocate_many(unsigned size_class, void** blocks, std::size_t count) {
  for (std::size_t done = 0; done < count;) {
    Magazine* magazine = in(thread_cache.racks[size_class].loaded);
    const std::uint32_t there = magazine != nullptr ? count_of(*magazine) : 0;
    if (there == 0) {
      try {
        blocks[done] = allocate(size_class);
      } catch (...) {
        release_many(size_class, blocks, done);
        throw;
      }
      ++done;
      continue;
    }
    const std::size_t part = std::min<std::size_t>(count - done, there);
    const std::uint32_t left = there - static_cast<std::uint32_t>(part);
    set_count(*magazine, left);
    for (std::size_t i = 0; i < part; ++i) {
      blocks[done + i] = magazine->items[left + i];
      unpoison(blocks[done + i], size_of(size_class));
    }
    done += part;
  }
}

void release_many(unsigned size_class, void* const* blocks, std::size_t count) noexcept {
  while (count != 0) {
    Magazine* magazine = in(thread_cache.racks[size_class].loaded);
    const std::uint32_t there = magazine != nullptr ? count_of(*magazine) : 0;
    const std::size_t part =
        magazine == nullptr ? 0 : std::min<std::size_t>(count, magazine->capacity - there);
    if (part == 0) {
      // Makes room for the next ones as well.
      release(size_class, *blocks++);
      --count;
      continue;
    }
    for (std::size_t i = 0; i < part; ++i) {
      poison(blocks[i], size_of(size_class));
      magazine->items[there + i] = blocks[i];
    }
    set_count(*magazine, there + static_cast<std::uint32_t>(part));
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
  if (bytes > largest) {
    void* memory = system_allocate(bytes);
    out_of_depots.fetch_add(static_cast<std::int64_t>(bytes), std::memory_order_relaxed);
    return memory;
  }
  const unsigned size_class = class_of(bytes);
  bytes = size_of(size_class);
  return allocate(size_class);
}

void release_bytes(void* block, std::size_t bytes) noexcept {
  if (bytes > largest) {
    std::free(block);
    taken_from_system.fetch_sub(bytes, std::memory_order_relaxed);
    out_of_depots.fetch_sub(static_cast<std::int64_t>(bytes), std::memory_order_relaxed);
  } else {
    release(class_of(bytes), block);
  }
}

std::size_t system_bytes() noexcept {
  return taken_from_system.load(std::memory_order_relaxed);
}

std::size_t used_bytes_at_most() noexcept {
  return static_cast<std::size_t>(
      std::max<std::int64_t>(0, out_of_depots.load(std::memory_order_relaxed)));
}

std::size_t used_bytes() noexcept {
  const std::int64_t used = out_of_depots.load(std::memory_order_relaxed) - cached_bytes();
  return static_cast<std::size_t>(std::max<std::int64_t>(0, used));
}

void trim() noexcept {
  for (unsigned size_class = 0; size_class < classes; ++size_class) {
    try {
      depots()[size_class].trim(size_class);
    } catch (const std::bad_alloc&) {
      // There is no memory to sort in: what is free stays where it is.
    }
  }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  ::malloc_trim(0);
#endif
}

std::uint64_t system_allocations() noexcept {
  return requests_to_system.load(std::memory_order_relaxed);
}

}  // namespace weir::slab
