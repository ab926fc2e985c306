#include "weir/reader_memory.hpp"

#include <algorithm>
#include <atomic>
#include <bit>

namespace weir {
namespace {

constexpr std::size_t least_buffer = 4096;

std::atomic<std::uint64_t> total_bytes{0};
std::atomic<std::uint64_t> holders{0};
std::atomic<std::uint64_t> budget_bytes{0};

}  // namespace

void ReaderMemory::hold(std::size_t bytes) noexcept {
  if (bytes == held_) return;
  if (held_ == 0) holders.fetch_add(1, std::memory_order_relaxed);
  if (bytes == 0) holders.fetch_sub(1, std::memory_order_relaxed);
  total_bytes.fetch_add(bytes - held_, std::memory_order_relaxed);
  held_ = bytes;
}

bool ReaderMemory::may_hold(std::size_t bytes) const noexcept {
  const std::uint64_t budget = budget_bytes.load(std::memory_order_relaxed);
  if (budget == 0 || bytes <= std::max(held_, least_buffer)) return true;
  return total() - held_ + bytes <= budget / 2;
}

std::size_t ReaderMemory::first_size(std::size_t most) noexcept {
  const std::uint64_t budget = budget_bytes.load(std::memory_order_relaxed);
  if (budget == 0) return most;
  const std::uint64_t readers = holders.load(std::memory_order_relaxed) + 1;
  const std::uint64_t share = std::bit_floor(budget / 4 / readers);
  return std::clamp<std::uint64_t>(share, std::min(least_buffer, most), most);
}

std::uint64_t ReaderMemory::total() noexcept {
  return total_bytes.load(std::memory_order_relaxed);
}

void ReaderMemory::set_budget(std::uint64_t bytes) noexcept {
  budget_bytes.store(bytes, std::memory_order_relaxed);
}

std::uint64_t ReaderMemory::budget() noexcept {
  return budget_bytes.load(std::memory_order_relaxed);
}

}  // namespace weir
