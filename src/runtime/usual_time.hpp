// How long something usually takes, where it is mostly short and long once in a while.
#pragma once

#include <cstdint>

namespace weir::runtime {

/// The average of the last few times; where that of the last few hundred is several times as large,
/// that one: what waits behind something that is long once in a while waits as long on average.
/// (Not the larger of the two: work that is slower for being on two processors would keep itself
/// there.) Both are exponentially weighted. Used by one thread at a time.
class UsualTime {
 public:
  explicit UsualTime(std::uint64_t first_ns) noexcept : few_ns_(first_ns) {}

  /// `ns` of about ten minutes at most.
  void add(std::uint64_t ns) noexcept {
    few_ns_ = (few_ns_ * 7 + ns) / 8;
    // The sum of so many, less its average for each that comes in.
    sum_ns_ += ns - sum_ns_ / many;
  }

  std::uint64_t ns() const noexcept {
    const std::uint64_t long_run = sum_ns_ / many;
    return long_run > several * few_ns_ ? long_run : few_ns_;
  }

 private:
  static constexpr std::uint64_t many = 512;
  static constexpr std::uint64_t several = 4;

  std::uint64_t few_ns_;
  std::uint64_t sum_ns_ = 0;
};

}  // namespace weir::runtime
