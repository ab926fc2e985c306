// Random graphs on one thread with a seeded choice of the next step and virtual time. A failing
// seed is printed; WEIR_SEED=n runs that one alone, WEIR_NETWORKS=n another number of graphs.
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <cstdlib>

#include "packet/pool.hpp"
#include "runtime/network.hpp"
#include "scheduler/virtual_executor.hpp"
#include "simulation/invariants.hpp"
#include "simulation/random_graph.hpp"

namespace weir::simulation {
namespace {

constexpr std::uint64_t most_steps = 2'000'000;

std::uint64_t environment_number(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class RandomNetworks : public testing::Test {
 protected:
  // Half of the processes fail on purpose.
  void SetUp() override { spdlog::set_level(spdlog::level::off); }
  void TearDown() override { spdlog::set_level(spdlog::level::info); }
};

// Empty if all went well.
std::string simulate(std::uint64_t seed, bool drain_in_mid_stream) {
  const graph::Graph graph = random_graph(seed);
  const std::uint64_t alive_before = pool::live_packets();
  seen().clear();
  {
    scheduler::VirtualExecutor executor(seed);
    runtime::Network network(graph, executor);
    network.start();
    if (drain_in_mid_stream) {
      executor.run(seed % 97);
      network.drain();
    }
    if (!executor.run(most_steps)) return "does not come to rest";
    if (!network.finished()) return "rests, but has not ended: a wake-up was lost";
    const runtime::NetworkSnapshot snapshot = network.snapshot();
    for (const auto& process : snapshot.processes) {
      if (process.held != 0) return process.name + " holds packets after its end";
    }
    for (const auto& connection : snapshot.connections) {
      if (connection.packets != 0) return connection.name + " is not empty after the end";
    }
    std::string broken = broken_identity(snapshot, alive_before);
    if (!broken.empty()) return broken;
  }
  if (pool::live_packets() != alive_before) return "packets outlive the network";
  return {};
}

TEST_F(RandomNetworks, EndWithEveryPacketAccountedFor) {
  if (std::getenv("WEIR_SEED") != nullptr) {
    const std::uint64_t seed = environment_number("WEIR_SEED", 0);
    EXPECT_EQ(simulate(seed, seed % 3 == 0), "") << "seed " << seed;
    return;
  }
  const std::uint64_t networks = environment_number("WEIR_NETWORKS", 20'000);
  for (std::uint64_t seed = 1; seed <= networks; ++seed) {
    const std::string wrong = simulate(seed, seed % 3 == 0);
    ASSERT_EQ(wrong, "") << "replay with WEIR_SEED=" << seed;
  }
}

// A tree keeps the order of its source at every sink.
TEST_F(RandomNetworks, KeepOrderAlongEveryPath) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Builder build;
    build.graph.name = "tree";
    const std::size_t root = build.add("source", source(), {{"count", 500}, {"per_step", 9}});
    const std::size_t shared = build.add("shared", fan());
    build.connect(root, shared, 1 + seed % 40);
    for (unsigned i = 0; i < 3; ++i) {
      const std::size_t middle = build.add("m" + std::to_string(i), i == 0 ? waiting() : pass());
      const std::size_t end = build.add("sink" + std::to_string(i), sink());
      build.connect(shared, middle, 1 + seed % 7, i);
      build.connect(middle, end, 1 + seed % 5);
    }
    seen().clear();
    scheduler::VirtualExecutor executor(seed);
    runtime::Network network(build.graph, executor);
    network.start();
    ASSERT_TRUE(executor.run(most_steps));
    std::uint64_t total = 0;
    for (const auto& [name, sink_seen] : seen()) {
      EXPECT_TRUE(sink_seen.in_order) << name << ", seed " << seed;
      total += sink_seen.packets;
    }
    EXPECT_EQ(total, 500u) << "seed " << seed;
  }
}

TEST_F(RandomNetworks, TheSameSeedTakesTheSameSteps) {
  const auto steps = [](std::uint64_t seed) {
    const graph::Graph graph = random_graph(seed);
    scheduler::VirtualExecutor executor(seed);
    runtime::Network network(graph, executor);
    network.start();
    executor.run(most_steps);
    return executor.steps();
  };
  for (std::uint64_t seed = 1; seed <= 50; ++seed) EXPECT_EQ(steps(seed), steps(seed));
}

TEST_F(RandomNetworks, AnAbandonedNetworkStillCountsWhatIsLeft) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    const graph::Graph graph = random_graph(seed);
    const std::uint64_t alive_before = pool::live_packets();
    scheduler::VirtualExecutor executor(seed);
    runtime::Network network(graph, executor);
    network.start();
    executor.run(seed % 61);
    network.abandon();
    EXPECT_EQ(broken_identity(network.snapshot(), alive_before), "") << "seed " << seed;
  }
}

}  // namespace
}  // namespace weir::simulation
