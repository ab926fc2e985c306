#include "simulation/invariants.hpp"

#include <fmt/format.h>

#include <numeric>

namespace weir::simulation {

std::string broken_identity(const runtime::NetworkSnapshot& snapshot, std::uint64_t pool_before) {
  std::uint64_t alive = pool_before;
  for (const runtime::ConnectionSnapshot& connection : snapshot.connections) {
    if (connection.put != connection.taken + connection.dropped + connection.packets) {
      return fmt::format("{}: put {} is not taken {} + dropped {} + queued {}", connection.name,
                         connection.put, connection.taken, connection.dropped, connection.packets);
    }
    if (connection.packets == 0 && connection.bytes != 0) {
      return fmt::format("{}: empty, but {} bytes", connection.name, connection.bytes);
    }
    alive += connection.packets;
  }
  for (const runtime::ProcessSnapshot& process : snapshot.processes) {
    const std::uint64_t ended =
        std::accumulate(process.ended.begin(), process.ended.end(), std::uint64_t{0});
    if (process.in + process.created != process.out + ended + process.held) {
      return fmt::format("{}: in {} + created {} is not out {} + ended {} + held {}", process.name,
                         process.in, process.created, process.out, ended, process.held);
    }
    alive += process.held;
  }
  if (alive != snapshot.pool_live_packets) {
    return fmt::format("{} packets are queued or held, but {} are alive", alive,
                       snapshot.pool_live_packets);
  }
  return {};
}

std::string describe(const runtime::NetworkSnapshot& snapshot) {
  std::string text;
  for (const runtime::ProcessSnapshot& process : snapshot.processes) {
    text += fmt::format("{} ({}, {} units): {}, in {}, out {}, held {}\n", process.name,
                        process.component, process.concurrency, to_string(process.activity),
                        process.in, process.out, process.held);
  }
  for (const runtime::ConnectionSnapshot& connection : snapshot.connections) {
    text += fmt::format("{}: put {}, taken {}, dropped {}, {} of {} queued\n", connection.name,
                        connection.put, connection.taken, connection.dropped, connection.packets,
                        connection.capacity);
  }
  return text;
}

}  // namespace weir::simulation
