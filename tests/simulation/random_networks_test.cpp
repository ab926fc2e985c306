// Random graphs on one thread with a seeded choice of the next step and virtual time. A failing
// seed is printed; WEIR_SEED=n runs that one alone, WEIR_NETWORKS=n another number of graphs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <functional>
#include <iostream>
#include <random>

#include "packet/pool.hpp"
#include "runtime/network.hpp"
#include "scheduler/virtual_executor.hpp"
#include "simulation/invariants.hpp"
#include "simulation/random_graph.hpp"

namespace weir::simulation {
namespace {

constexpr std::uint64_t most_steps = 5'000'000;
// Sanitizers take their time; what they look for shows in fewer networks, and races only on real
// threads.
#if defined(__SANITIZE_THREAD__)
constexpr std::uint64_t slowness = 100;
#elif defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t slowness = 25;
#else
constexpr std::uint64_t slowness = 1;
#endif

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

// Runs to the end; empty if all went well.
std::string run_to_end(scheduler::VirtualExecutor& executor, const runtime::Network& network,
                       std::uint64_t alive_before) {
  const bool rests = executor.run(most_steps);
  if (std::getenv("WEIR_SEED") != nullptr) std::cerr << describe(network.snapshot());
  if (!rests) return "does not come to rest";
  if (!network.finished()) return "rests, but has not ended: a wake-up was lost";
  const runtime::NetworkSnapshot snapshot = network.snapshot();
  for (const auto& process : snapshot.processes) {
    if (process.held != 0) return process.name + " holds packets after its end";
  }
  for (const auto& connection : snapshot.connections) {
    if (connection.packets != 0) return connection.name + " is not empty after the end";
  }
  return broken_identity(snapshot, alive_before);
}

std::string simulate_with(scheduler::VirtualExecutor& executor, std::uint64_t seed,
                          bool drain_in_mid_stream) {
  const graph::Graph graph = random_graph(seed);
  const std::uint64_t alive_before = pool::live_packets();
  seen().clear();
  {
    runtime::Network network(graph, executor);
    network.start();
    if (drain_in_mid_stream) {
      executor.run(seed % 97);
      network.drain();
    }
    std::string wrong = run_to_end(executor, network, alive_before);
    if (!wrong.empty()) return wrong;
    for (const auto& [base, sink] : ordered_pairs(graph)) {
      if (seen()[sink].out_of_order.contains(base)) return sink + " saw packets out of order";
    }
  }
  if (pool::live_packets() != alive_before) return "packets outlive the network";
  return {};
}

std::string simulate(std::uint64_t seed) {
  scheduler::VirtualExecutor executor(seed);
  return simulate_with(executor, seed, seed % 3 == 0);
}

// The graph changes again and again while packets flow.
std::string simulate_changes(std::uint64_t seed) {
  const std::uint64_t alive_before = pool::live_packets();
  seen().clear();
  std::mt19937_64 random(seed);
  {
    scheduler::VirtualExecutor executor(seed);
    graph::Graph graph = random_graph(seed);
    runtime::Network network(graph, executor);
    network.start();
    for (std::uint64_t changes = 1 + random() % 5; changes != 0; --changes) {
      executor.run(random() % 200);
      if (network.finished() || network.failed()) break;
      const std::uint64_t kind = random() % 8;
      if (kind == 0) {
        const auto& connection = graph.connections[random() % graph.connections.size()];
        network.set_capacity(connection.name, 1 + random() % 100);
      } else if (kind == 1) {
        const auto& process = graph.processes[random() % graph.processes.size()];
        network.set_concurrency(process.name, 1 + random() % 6);
      } else {
        graph::Graph next = changed_graph(graph, random());
        while (random() % 3 == 0) next = changed_graph(next, random());
        try {
          network.apply(next);
          graph = next;
        } catch (const runtime::StartFailure&) {
          if (!network.finished() && !network.failed()) return "refuses a change";
        }
      }
    }
    if (seed % 3 == 0) network.drain();
    const std::string wrong = run_to_end(executor, network, alive_before);
    if (!wrong.empty()) return wrong;
  }
  if (pool::live_packets() != alive_before) return "packets outlive the network";
  return {};
}

// Calls `simulation` with so many seeds, or with WEIR_SEED alone.
void with_seeds(std::uint64_t networks,
                const std::function<std::string(std::uint64_t)>& simulation) {
  const std::uint64_t only = environment_number("WEIR_SEED", 0);
  const std::uint64_t first = only != 0 ? only : 1;
  const std::uint64_t last =
      only != 0 ? only : environment_number("WEIR_NETWORKS", networks / slowness);
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    ASSERT_EQ(simulation(seed), "") << "replay with WEIR_SEED=" << seed;
  }
}

TEST_F(RandomNetworks, EndWithEveryPacketAccountedFor) {
  with_seeds(100'000, simulate);
}

TEST_F(RandomNetworks, EndWithEveryPacketAccountedForThoughTheirGraphsChange) {
  with_seeds(20'000, simulate_changes);
}

// Loses one submission of a task to a run queue, as a missed wake-up would.
class ForgetfulExecutor final : public scheduler::VirtualExecutor {
 public:
  ForgetfulExecutor(std::uint64_t seed, std::uint64_t forgets)
      : VirtualExecutor(seed), left_(forgets) {}
  void submit(scheduler::Task& task, bool next) override {
    ++submitted;
    if (left_-- == 0) return;
    VirtualExecutor::submit(task, next);
  }
  std::uint64_t submitted = 0;

 private:
  std::uint64_t left_;
};

TEST_F(RandomNetworks, FindAWakeUpThatIsLost) {
  unsigned found = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    ForgetfulExecutor sound(seed, UINT64_MAX);
    ASSERT_EQ(simulate_with(sound, seed, false), "") << "seed " << seed;
    ForgetfulExecutor forgetful(seed, seed * 7919 % sound.submitted);
    const std::string wrong = simulate_with(forgetful, seed, false);
    if (wrong.find("a wake-up was lost") != std::string::npos) ++found;
  }
  // Where a process has several units, the others may do the work of the one that is not woken.
  EXPECT_GE(found, 180u);
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
      EXPECT_TRUE(sink_seen.out_of_order.empty()) << name << ", seed " << seed;
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
