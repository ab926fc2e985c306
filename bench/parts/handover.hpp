// A connection with a thread at its end that takes batches and lets the packets end: for benchmarks
// in which the packets are made on one thread and released on another.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <thread>

#include "connection/queue.hpp"
#include "weir/packet.hpp"

namespace bench {

class Handover {
 public:
  static constexpr std::uint32_t capacity = 4096;
  static constexpr std::size_t most = 256;

  explicit Handover(std::size_t batch) : thread_([this, batch] { take_all(batch); }) {}
  ~Handover() {
    queue_.close();
    thread_.join();
  }
  Handover(const Handover&) = delete;
  Handover& operator=(const Handover&) = delete;

  /// Waits for room; the queue owns the packets then.
  void put(std::span<weir::detail::PacketCell* const> cells) {
    while (queue_.room() < cells.size()) std::this_thread::yield();
    queue_.put(cells.data(), cells.size(), 0);
  }

 private:
  void take_all(std::size_t batch) {
    std::array<weir::detail::PacketCell*, most> cells;
    while (!queue_.ended()) {
      const std::size_t count = queue_.take(cells.data(), batch);
      for (std::size_t i = 0; i < count; ++i) weir::Packet::adopt(cells[i]);
      queue_.publish_taken();
      if (count == 0) std::this_thread::yield();
    }
  }

  weir::connection::Queue queue_{capacity};
  std::thread thread_;
};

}  // namespace bench
