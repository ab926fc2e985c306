// Cycles that make more of what goes round.
#include <gtest/gtest.h>

#include <optional>

#include "packet/pool.hpp"
#include "runtime/network.hpp"
#include "scheduler/virtual_executor.hpp"
#include "simulation/invariants.hpp"
#include "simulation/parts.hpp"

namespace weir::runtime {
namespace {

/// Each packet that goes round becomes two.
graph::Graph doubling_cycle(graph::Then then, std::optional<std::uint64_t> limit) {
  simulation::Builder build;
  build.graph.name = "cycle";
  const std::size_t source =
      build.add("source", simulation::source(), {{"count", 100}, {"per_step", 10}});
  const std::size_t first = build.add_after(source, "first", simulation::doubler(), 64);
  const std::size_t second = build.add("second", simulation::pass());
  build.connect(first, second, 64);
  build.connect(second, first, 64);
  for (graph::ConnectionModel& connection : build.graph.connections) {
    connection.overflow.then = then;
    connection.overflow.limit = limit;
  }
  return std::move(build.graph);
}

TEST(CycleThatGrows, EndsWhenItOverflowsWithFail) {
  simulation::seen().clear();
  const std::uint64_t alive_before = pool::live_packets();
  scheduler::VirtualExecutor executor(1);
  Network network(doubling_cycle(graph::Then::fail, 1000), executor);
  network.start();
  for (int i = 0; i < 1'000'000 && executor.step(); ++i) {
  }
  EXPECT_TRUE(network.finished());
  EXPECT_TRUE(network.failed());
  EXPECT_EQ(simulation::broken_identity(network.snapshot(), alive_before), "");
}

TEST(CycleThatGrows, RestsAtTheMemoryBudget) {
  constexpr std::uint64_t budget = std::uint64_t{8} << 20;
  simulation::seen().clear();
  scheduler::VirtualExecutor executor(1);
  Network network(doubling_cycle(graph::Then::block, {}), executor);
  network.set_memory_budget(budget, 0);
  network.start();
  for (int i = 0; i < 200'000 && executor.step(); ++i) {
  }
  EXPECT_FALSE(network.finished());
  EXPECT_GT(network.snapshot().memory.used, budget / 2);
  EXPECT_LT(network.snapshot().memory.used, budget + budget / 4);
  network.abandon();
}

}  // namespace
}  // namespace weir::runtime
