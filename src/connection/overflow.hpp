// What a connection does with packets beyond its capacity.
#pragma once

#include <cstdint>

namespace weir::connection {

enum class Policy : std::uint8_t {
  block,        // keep all; the producer rests until there is room
  drop_oldest,  // at capacity + limit, end the packets that have waited longest
  drop_newest,  // at capacity + limit, end the packets that come
  fail          // keep all; going beyond capacity + limit stops the network
};

struct Overflow {
  Policy policy = Policy::block;
  /// Packets, or payload bytes, beyond the capacity.
  std::uint64_t limit = 0;
  /// The limit counts bytes: what lies beyond the capacity, at the mean size of what is queued.
  bool in_bytes = false;
};

}  // namespace weir::connection
