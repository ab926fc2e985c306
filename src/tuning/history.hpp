// The last readings of a network's figures.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "runtime/figures.hpp"

namespace weir::tuning {

class History {
 public:
  static constexpr std::size_t most = 11;

  /// A place for the next reading, whose memory is reused.
  runtime::NetworkFigures& next() noexcept {
    last_ = (last_ + 1) % most;
    size_ = std::min(size_ + 1, most);
    return readings_[last_];
  }
  /// Forgets all and gives its memory back.
  void clear() noexcept {
    readings_ = {};
    size_ = 0;
  }
  /// Readings kept, the newest included.
  std::size_t size() const noexcept { return size_; }
  /// The reading `ago` ticks before the newest, or the oldest that there is.
  const runtime::NetworkFigures& at(std::size_t ago) const noexcept {
    return readings_[(last_ + most - std::min(ago, size_ - 1)) % most];
  }

 private:
  std::array<runtime::NetworkFigures, most> readings_;
  std::size_t last_ = 0;
  std::size_t size_ = 0;
};

}  // namespace weir::tuning
