// The random graphs of the simulation on the real pool of workers: for ThreadSanitizer above all.
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>

#include "packet/pool.hpp"
#include "runtime/network.hpp"
#include "scheduler/pool.hpp"
#include "simulation/invariants.hpp"
#include "simulation/random_graph.hpp"

namespace weir::simulation {
namespace {

class RealThreads : public testing::Test {
 protected:
  void SetUp() override { spdlog::set_level(spdlog::level::off); }
  void TearDown() override { spdlog::set_level(spdlog::level::info); }

  // Runs it to its end, while `meanwhile` does something to it; false if it did not come to one in
  // a minute.
  static bool run_to_end(
      runtime::Network& network, bool drain, const std::function<void()>& meanwhile = [] {}) {
    std::mutex mutex;
    std::condition_variable ended;
    bool has_ended = false;
    network.on_finished([&] {
      std::lock_guard lock(mutex);
      has_ended = true;
      ended.notify_all();
    });
    network.start();
    meanwhile();
    if (drain) network.drain();
    std::unique_lock lock(mutex);
    return ended.wait_for(lock, std::chrono::minutes(1), [&] { return has_ended; });
  }
};

TEST_F(RealThreads, RunRandomNetworksToTheirEnd) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const graph::Graph graph = random_graph(seed);
    const std::uint64_t alive_before = pool::live_packets();
    seen().clear();
    const auto executor = scheduler::make_pool({.workers = static_cast<unsigned>(1 + seed % 4)});
    runtime::Network network(graph, *executor);
    ASSERT_TRUE(run_to_end(network, seed % 5 == 0)) << "seed " << seed;
    network.abandon();
    ASSERT_EQ(broken_identity(network.snapshot(), alive_before), "") << "seed " << seed;
  }
}

TEST_F(RealThreads, RunRandomNetworksToTheirEndThoughTheirGraphsChange) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    graph::Graph graph = random_graph(seed);
    const std::uint64_t alive_before = pool::live_packets();
    seen().clear();
    const auto executor = scheduler::make_pool({.workers = static_cast<unsigned>(1 + seed % 3)});
    runtime::Network network(graph, *executor);
    const auto change = [&] {
      for (std::uint64_t i = 0; i < 4; ++i) {
        try {
          graph::Graph next = changed_graph(graph, seed * 31 + i);
          network.apply(next);
          graph = std::move(next);
          const auto& connection = graph.connections[seed % graph.connections.size()];
          network.set_capacity(connection.name, static_cast<std::uint32_t>(1 + seed % 50));
          for (const auto& process : graph.processes) {
            network.set_concurrency(process.name, static_cast<unsigned>(1 + (seed + i) % 4));
          }
        } catch (const runtime::StartFailure&) {
          EXPECT_TRUE(network.finished() || network.failed()) << "seed " << seed;
        }
        static_cast<void>(network.snapshot());
      }
    };
    ASSERT_TRUE(run_to_end(network, seed % 5 == 0, change)) << "seed " << seed;
    network.abandon();
    ASSERT_EQ(broken_identity(network.snapshot(), alive_before), "") << "seed " << seed;
  }
}

TEST_F(RealThreads, KeepOrderInAChainOfManyHops) {
  Builder build;
  build.graph.name = "chain";
  std::size_t last = build.add("source", source(), {{"count", 50'000}, {"per_step", 33}});
  for (int hop = 0; hop < 10; ++hop) {
    last = build.add_after(last, "hop" + std::to_string(hop), pass(), hop % 3 == 0 ? 5 : 512);
  }
  build.add_after(last, "sink", sink(), 64);
  seen().clear();
  const auto executor = scheduler::make_pool({.workers = 3});
  runtime::Network network(build.graph, *executor);
  ASSERT_TRUE(run_to_end(network, false));
  network.abandon();
  EXPECT_EQ(seen()["sink"].packets, 50'000u);
  EXPECT_TRUE(seen()["sink"].out_of_order.empty());
}

TEST_F(RealThreads, KeepOrderThroughProcessesWithSeveralUnits) {
  Builder build;
  build.graph.name = "units";
  std::size_t last = build.add("source", source(), {{"count", 20'000}, {"per_step", 33}});
  for (const auto& spec : {shared, server, shared}) {
    last =
        build.add_after(last, "p" + std::to_string(last + 1), spec(), 64,
                        &spec() == &server() ? std::map<std::string, std::int64_t>{{"wait_us", 1}}
                                             : std::map<std::string, std::int64_t>{});
    build.graph.processes[last].concurrency.fixed = 4;
    build.graph.processes[last].on_error = graph::OnError::drop;
  }
  build.add_after(last, "sink", sink(), 64);
  seen().clear();
  const auto executor = scheduler::make_pool({.workers = 3});
  runtime::Network network(build.graph, *executor);
  ASSERT_TRUE(run_to_end(network, false));
  network.abandon();
  EXPECT_EQ(seen()["sink"].packets, 20'000u - 20'000u / 11) << "every eleventh has failed";
  EXPECT_TRUE(seen()["sink"].out_of_order.empty());
}

// Fewer may be in flight than there are units that want to be: a unit that is refused at the moment
// at which another leaves must not miss it, though its process has no second unit to tell.
TEST_F(RealThreads, ComeToTheirEndWithFewPlacesInFlight) {
  for (std::uint64_t round = 1; round <= 200; ++round) {
    Builder build;
    build.graph.name = "few";
    build.graph.max_concurrency = static_cast<unsigned>(1 + round % 2);
    std::size_t last = build.add("source", source(), {{"count", 300}, {"per_step", 3}});
    for (const auto& spec : {shared, waiting, shared}) {
      last = build.add_after(last, "p" + std::to_string(last + 1), spec(), 2);
      build.graph.processes[last].on_error = graph::OnError::drop;
    }
    build.add_after(last, "sink", sink(), 2);
    seen().clear();
    const auto executor = scheduler::make_pool({.workers = 2});
    runtime::Network network(build.graph, *executor);
    const auto units = [&] {
      for (const char* process : {"p1", "p3"}) {
        network.set_concurrency(process, 2);
        network.set_concurrency(process, 1);
      }
    };
    ASSERT_TRUE(run_to_end(network, false, units)) << "round " << round;
    network.abandon();
  }
}

TEST_F(RealThreads, CanBeAbandonedAtAnyMoment) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const graph::Graph graph = random_graph(seed);
    const std::uint64_t alive_before = pool::live_packets();
    seen().clear();
    const auto executor = scheduler::make_pool({.workers = 2});
    runtime::Network network(graph, *executor);
    network.start();
    network.abandon();
    ASSERT_EQ(broken_identity(network.snapshot(), alive_before), "") << "seed " << seed;
  }
}

}  // namespace
}  // namespace weir::simulation
