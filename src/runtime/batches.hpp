// What a step has emitted and not yet published, by out port. Ends what is left when it goes.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>

#include "weir/component.hpp"

namespace weir::runtime {

class Batches {
 public:
  Batches() noexcept = default;
  explicit Batches(unsigned ports) : ports_(ports), items_(new detail::PortBatch[ports]) {}
  ~Batches() { clear(); }
  Batches(Batches&& other) noexcept { swap(other); }
  Batches& operator=(Batches&& other) noexcept {
    swap(other);
    return *this;
  }

  void swap(Batches& other) noexcept {
    std::swap(ports_, other.ports_);
    items_.swap(other.items_);
  }

  unsigned ports() const noexcept { return ports_; }
  detail::PortBatch* data() noexcept { return items_.get(); }
  detail::PortBatch& operator[](unsigned index) noexcept { return items_[index]; }
  const detail::PortBatch& operator[](unsigned index) const noexcept { return items_[index]; }

  static void grow(detail::PortBatch& batch) {
    constexpr std::uint32_t first_capacity = 32;
    const std::uint32_t capacity = batch.capacity == 0 ? first_capacity : batch.capacity * 2;
    auto** items = new detail::PacketCell*[capacity];
    std::copy_n(batch.items, batch.size, items);
    delete[] batch.items;
    batch.items = items;
    batch.capacity = capacity;
  }

 private:
  void clear() noexcept {
    for (unsigned i = 0; i < ports_; ++i) {
      detail::release_cells(items_[i].items, items_[i].size);
      delete[] items_[i].items;
    }
  }

  unsigned ports_ = 0;
  std::unique_ptr<detail::PortBatch[]> items_;
};

}  // namespace weir::runtime
