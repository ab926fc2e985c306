// The queue of a connection, by size of batch: on one thread, which is the case of a chain that one
// worker runs, and between two.

#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <thread>

#include "allocations.hpp"
#include "connection/queue.hpp"
#include "weir/packet.hpp"

namespace {

using weir::Packet;
using weir::connection::Queue;

constexpr std::size_t most = 256;
constexpr std::uint32_t capacity = 4096;
using Cells = std::array<weir::detail::PacketCell*, most>;

/// The same packets go round, so that the pool has no part in it.
class Packets {
 public:
  Packets() {
    for (auto& cell : cells_) cell = Packet::integer(1).release_to_runtime();
  }
  ~Packets() {
    for (auto* cell : cells_) Packet::adopt(cell);
  }
  Packets(const Packets&) = delete;
  Packets& operator=(const Packets&) = delete;
  Cells& cells() { return cells_; }

 private:
  Cells cells_;
};

void put_take(benchmark::State& state) {
  const auto batch = static_cast<std::size_t>(state.range(0));
  Packets packets;
  Queue queue(capacity);
  Cells taken;
  const bench::Allocations allocations(state, batch);
  for (auto _ : state) {
    queue.put(packets.cells().data(), batch);
    benchmark::DoNotOptimize(queue.take(taken.data(), batch));
    queue.publish_taken();
  }
}
BENCHMARK(put_take)->Arg(1)->Arg(32)->Arg(256);

void put_here_take_there(benchmark::State& state) {
  const auto batch = static_cast<std::size_t>(state.range(0));
  Packets packets;
  Queue queue(capacity);
  std::thread consumer([&] {
    Cells taken;
    while (!queue.ended()) {
      if (queue.take(taken.data(), batch) == 0) std::this_thread::yield();
      queue.publish_taken();
    }
  });
  {
    const bench::Allocations allocations(state, batch);
    for (auto _ : state) {
      while (queue.room() < batch) std::this_thread::yield();
      // A cell may be in the queue more than once: the consumer only reads its size.
      queue.put(packets.cells().data(), batch);
    }
  }
  queue.close();
  consumer.join();
}
BENCHMARK(put_here_take_there)->Arg(1)->Arg(32)->Arg(256)->UseRealTime();

}  // namespace
