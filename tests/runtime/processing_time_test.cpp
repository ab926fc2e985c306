// What weir_processing_seconds tells, in virtual time: busy and waiting outside, for each packet,
// of all units.
#include <gtest/gtest.h>

#include <numeric>

#include "packet/pool.hpp"
#include "runtime/network.hpp"
#include "scheduler/virtual_executor.hpp"
#include "simulation/parts.hpp"

namespace weir::runtime {
namespace {

constexpr std::uint64_t packets = 130;

/// Of the server, which waits 0 to 12 ms for a packet, by turns.
ProcessSnapshot served(unsigned units) {
  simulation::seen().clear();
  simulation::Builder build;
  build.graph.name = "times";
  const std::size_t source =
      build.add("source", simulation::source(), {{"count", packets}, {"per_step", 10}});
  const std::size_t server = build.add("server", simulation::server(), {{"wait_us", 1000}});
  build.graph.processes[server].concurrency.fixed = units;
  build.connect(source, server, 64);
  build.connect(server, build.add("sink", simulation::sink()), 64);
  scheduler::VirtualExecutor executor(units);
  Network network(build.graph, executor);
  network.start();
  while (executor.step()) {
  }
  EXPECT_TRUE(network.finished());
  return network.snapshot().processes[server];
}

TEST(ProcessingTime, CountsEachPacketWithWhatItWaitedFor) {
  for (const unsigned units : {1U, 4U}) {
    SCOPED_TRACE(units);
    const ProcessSnapshot process = served(units);
    EXPECT_EQ(process.processing_count, packets);
    // Ten rounds of 0 + 1 + ... + 12 ms, which is also what the units were in that state.
    EXPECT_NEAR(process.processing_sum_s, 0.78, 0.001);
    EXPECT_NEAR(
        1e-9 * static_cast<double>(process.time_ns[static_cast<std::size_t>(UnitState::waiting)]),
        0.78, 0.001);
    // Beyond 10 ms there are some, up to 100 ms; packets that came to their end in the same step
    // count as a batch, with its mean.
    EXPECT_GT(process.processing_buckets[16], 0U);
    EXPECT_EQ(std::accumulate(process.processing_buckets.begin() + 17,
                              process.processing_buckets.end(), std::uint64_t{0}),
              0U);
  }
}

}  // namespace
}  // namespace weir::runtime
