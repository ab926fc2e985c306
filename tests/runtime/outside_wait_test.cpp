// A unit that waits outside on behalf of a packet is `waiting` whatever its outputs hold: only an
// unused unit is `blocked`.
#include <gtest/gtest.h>

#include "packet/pool.hpp"
#include "runtime/network.hpp"
#include "scheduler/virtual_executor.hpp"
#include "simulation/parts.hpp"

namespace weir::runtime {
namespace {

double seconds_in(const ProcessSnapshot& process, UnitState state) {
  return 1e-9 * static_cast<double>(process.time_ns[static_cast<std::size_t>(state)]);
}

TEST(OutsideWait, CountsAsWaitingWhileTheOutputIsFull) {
  simulation::seen().clear();
  simulation::Builder build;
  build.graph.name = "pair";
  const std::size_t source =
      build.add("source", simulation::source(), {{"count", 1000}, {"per_step", 10}});
  const std::size_t first =
      build.add_after(source, "first", simulation::waiting(), 64, {{"wait_us", 2000}});
  const std::size_t second =
      build.add_after(first, "second", simulation::waiting(), 8, {{"wait_us", 2600}});
  build.add_after(second, "sink", simulation::sink(), 64);
  scheduler::VirtualExecutor executor(1);
  Network network(build.graph, executor);
  network.start();
  while (executor.step()) {
  }
  ASSERT_TRUE(network.finished());
  const NetworkSnapshot end = network.snapshot();
  EXPECT_NEAR(seconds_in(end.processes[first], UnitState::waiting), 2.0, 0.01);
  EXPECT_NEAR(seconds_in(end.processes[first], UnitState::blocked), 0.6, 0.05);
  EXPECT_NEAR(seconds_in(end.processes[second], UnitState::waiting), 2.6, 0.01);
}

}  // namespace
}  // namespace weir::runtime
