// Packets from the pool and back.

#include <benchmark/benchmark.h>

#include <array>
#include <vector>

#include "allocations.hpp"
#include "handover.hpp"
#include "weir/packet.hpp"

namespace {

using weir::Packet;

/// Makes the pool take from the system what the loop will use.
void warm_pool(std::size_t packets) {
  std::vector<Packet> many;
  for (std::size_t i = 0; i < packets; ++i) many.push_back(Packet::integer(0));
}

void allocate_release(benchmark::State& state) {
  const auto batch = static_cast<std::size_t>(state.range(0));
  warm_pool(4 * batch);
  std::array<Packet, bench::Handover::most> packets;
  std::int64_t number = 0;
  const bench::Allocations allocations(state, batch);
  for (auto _ : state) {
    for (std::size_t i = 0; i < batch; ++i) packets[i] = Packet::integer(number++);
    benchmark::DoNotOptimize(packets.data());
    for (std::size_t i = 0; i < batch; ++i) packets[i] = Packet();
  }
}
BENCHMARK(allocate_release)->Arg(1)->Arg(32)->Arg(256);

void allocate_here_release_there(benchmark::State& state) {
  const auto batch = static_cast<std::size_t>(state.range(0));
  warm_pool(4 * std::size_t{bench::Handover::capacity});
  bench::Handover handover(batch);
  std::array<weir::detail::PacketCell*, bench::Handover::most> cells;
  std::int64_t number = 0;
  const bench::Allocations allocations(state, batch);
  for (auto _ : state) {
    for (std::size_t i = 0; i < batch; ++i) {
      cells[i] = Packet::integer(number++).release_to_runtime();
    }
    handover.put({cells.data(), batch});
  }
}
BENCHMARK(allocate_here_release_there)->Arg(32)->Arg(256)->UseRealTime();

}  // namespace
