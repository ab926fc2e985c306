#include "allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

#include "packet/slab.hpp"

namespace {

std::atomic<std::uint64_t> heap_count{0};

void* counted(void* block) {
  heap_count.fetch_add(1, std::memory_order_relaxed);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

}  // namespace

// The other forms of new and delete call these.
void* operator new(std::size_t bytes) {
  return counted(std::malloc(bytes == 0 ? 1 : bytes));
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  const auto align = static_cast<std::size_t>(alignment);
  return counted(std::aligned_alloc(align, (bytes + align - 1) / align * align));
}
void operator delete(void* block) noexcept {
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept {
  std::free(block);
}
void operator delete(void* block, std::align_val_t) noexcept {
  std::free(block);
}
void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
  std::free(block);
}

namespace bench {

std::uint64_t heap_allocations() noexcept {
  return heap_count.load(std::memory_order_relaxed);
}

Allocations::Allocations(benchmark::State& state, std::size_t packets)
    : state_(state),
      packets_(packets),
      heap_before_(heap_allocations()),
      pool_before_(weir::slab::system_bytes()) {}

Allocations::~Allocations() {
  const auto heap = static_cast<double>(heap_allocations() - heap_before_);
  const auto pool = static_cast<double>(weir::slab::system_bytes() - pool_before_);
  const auto packets = static_cast<double>(state_.iterations()) * static_cast<double>(packets_);
  state_.counters["heap_per_packet"] = heap / packets;
  state_.counters["pool_bytes"] = pool;
  state_.SetItemsProcessed(static_cast<std::int64_t>(packets));
}

}  // namespace bench
