// The buffers that sources read into. They count in the memory budget like all else, but a source
// that is held because of them could never let go of them: so they are counted apart, too, and what
// holds sources is what lies beyond them. In return, readers together keep to a part of the budget.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir {

/// What one reader holds of the pool. Belongs to the reader and is used by one thread at a time;
/// the sums are those of the whole program.
class ReaderMemory {
 public:
  ReaderMemory() noexcept = default;
  ReaderMemory(const ReaderMemory&) = delete;
  ReaderMemory& operator=(const ReaderMemory&) = delete;
  ~ReaderMemory() { hold(0); }

  /// The reader holds a buffer of `bytes` now instead of what it held before; 0 for none. Slices of
  /// the old one that are on their way count for the graph from now on.
  void hold(std::size_t bytes) noexcept;
  /// Whether a buffer of `bytes` may take the place of the reader's own, so that all readers
  /// together stay within half of the budget. Those of `first_size()` always may.
  bool may_hold(std::size_t bytes) const noexcept;
  std::size_t held() const noexcept { return held_; }

  /// How large a buffer a reader should begin with: its share of a quarter of the budget, at least
  /// 4 KiB, and `most` where there is room enough.
  static std::size_t first_size(std::size_t most) noexcept;

  /// Bytes that all readers hold.
  static std::uint64_t total() noexcept;
  /// The budget that the shares are of; 0, the initial value, for none.
  static void set_budget(std::uint64_t bytes) noexcept;
  static std::uint64_t budget() noexcept;

 private:
  std::size_t held_ = 0;
};

}  // namespace weir
