// Cuts what a client sends as a network does: anywhere.
#pragma once

#include <algorithm>
#include <cstddef>
#include <random>

namespace weir::fuzz {

class Cuts {
 public:
  /// The same seed cuts in the same way: 0 not at all, 1 behind every byte.
  explicit Cuts(unsigned seed) : seed_(seed), random_(seed) {}

  /// How many of the `left` bytes come next: at least one, if there is one.
  std::size_t next(std::size_t left) {
    if (seed_ == 0) return left;
    const std::size_t most = std::size_t{1} << ((seed_ - 1) % 11);
    return std::min<std::size_t>(left, 1 + random_() % most);
  }

 private:
  unsigned seed_;
  std::minstd_rand random_;
};

}  // namespace weir::fuzz
