// The attributes of a packet: a short list of names and texts, made when the first one is set,
// shared between copies of the packet and copied when one of them changes it.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace weir::detail {

struct AttributeBlock {
  std::atomic<std::uint32_t> references{1};
  std::vector<std::pair<std::string, std::string>> list;

  void retain() noexcept { references.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
};

}  // namespace weir::detail
