// runtime.max_concurrency where what the processes have at least is more: held to what is in
// flight. In virtual time, so that the units in use are exact.
#include <gtest/gtest.h>

#include "packet/pool.hpp"
#include "runtime/network.hpp"
#include "scheduler/virtual_executor.hpp"
#include "simulation/invariants.hpp"
#include "simulation/parts.hpp"

namespace weir::runtime {
namespace {

using simulation::Builder;

constexpr std::int64_t packets = 300;
constexpr unsigned servers = 3;

graph::Graph servers_in_parallel(unsigned most) {
  Builder build;
  build.graph.name = "crowd";
  build.graph.max_concurrency = most;
  for (unsigned i = 0; i < servers; ++i) {
    const std::string number = std::to_string(i);
    const std::size_t source =
        build.add("source" + number, simulation::source(), {{"count", packets}});
    const std::size_t server =
        build.add("server" + number, simulation::server(), {{"wait_us", 1000}});
    build.graph.processes[server].concurrency.fixed = 4;
    build.connect(source, server, 64);
    build.connect(server, build.add("sink" + number, simulation::sink()), 64);
  }
  return std::move(build.graph);
}

/// The units in use on average until the end, after which every packet has arrived.
double units_in_use(unsigned most, std::uint64_t seed) {
  simulation::seen().clear();
  scheduler::VirtualExecutor executor(seed);
  const Time begin = executor.now();
  Network network(servers_in_parallel(most), executor);
  network.start();
  double used = 0;
  NetworkFigures figures;
  while (executor.step()) {
  }
  EXPECT_TRUE(network.finished());
  network.read(figures);
  for (const ProcessFigures& process : figures.processes) {
    used += static_cast<double>(process.time_ns[static_cast<std::size_t>(UnitState::waiting)]);
  }
  for (unsigned i = 0; i < servers; ++i) {
    const simulation::Seen& seen = simulation::seen()["sink" + std::to_string(i)];
    EXPECT_EQ(seen.packets, packets);
    EXPECT_TRUE(seen.out_of_order.empty());
  }
  return used / static_cast<double>((executor.now() - begin).count());
}

TEST(InFlight, IsHeldToTheTotalWhereTheLeastsExceedIt) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const double used = units_in_use(5, seed);
    EXPECT_LE(used, 5) << "seed " << seed;
    EXPECT_GT(used, 3.5) << "seed " << seed;
  }
}

TEST(InFlight, OneAtATimeComesToItsEnd) {
  const double used = units_in_use(1, 1);
  EXPECT_LE(used, 1);
  EXPECT_GT(used, 0.7);
}

TEST(InFlight, IsNotCountedWhereAllHaveTheirs) {
  EXPECT_GT(units_in_use(1024, 1), 8);
}

}  // namespace
}  // namespace weir::runtime
