// The option `rotate: {size, keep}` of file/write.
#pragma once

#include <cstdint>

#include "weir/setting.hpp"

namespace weir::components {

/// A value.
struct Rotation {
  /// The size at which a new file begins; 0 for never.
  std::uint64_t size = 0;
  /// How many old files there are at most.
  std::int64_t keep = 5;

  /// Reads the setting, which may be null, and says what is wrong with it.
  static Rotation read(const Setting* setting, Problems& problems);
};

}  // namespace weir::components
