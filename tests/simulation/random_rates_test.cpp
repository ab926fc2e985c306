// The random networks of random_networks_test.cpp with rates on their processes: each still comes
// to its end, in order, with every packet counted, and no process takes in more than it may.
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <random>

#include "packet/pool.hpp"
#include "runtime/network.hpp"
#include "scheduler/virtual_executor.hpp"
#include "simulation/invariants.hpp"
#include "simulation/random_graph.hpp"

namespace weir::simulation {
namespace {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t networks = 100;
#else
constexpr std::uint64_t networks = 5'000;
#endif

class RandomRates : public testing::Test {
 protected:
  // Half of the processes fail on purpose.
  void SetUp() override { spdlog::set_level(spdlog::level::off); }
  void TearDown() override { spdlog::set_level(spdlog::level::info); }
};

void add_rates(graph::Graph& graph, std::mt19937_64& random) {
  for (graph::ProcessModel& process : graph.processes) {
    if (random() % 2 == 0) continue;
    const double rates[] = {100, 1'000, 12'345.6, 1'000'000};
    process.rate = {rates[random() % 4],
                    std::max<std::uint64_t>(1 + random() % 20, process.component->least_input)};
  }
}

bool has_inputs(const graph::Graph& graph, std::size_t process) {
  return std::any_of(graph.connections.begin(), graph.connections.end(),
                     [&](const auto& connection) { return connection.to.process == process; });
}

std::string simulate(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  graph::Graph graph = random_graph(seed);
  add_rates(graph, random);
  const std::uint64_t alive_before = pool::live_packets();
  seen().clear();
  scheduler::VirtualExecutor executor(seed);
  const Time begin = executor.now();
  runtime::Network network(graph, executor);
  network.start();
  if (seed % 3 == 0) {
    executor.run(seed % 97);
    network.drain();
  }
  if (!executor.run(5'000'000)) return "does not come to rest";
  if (!network.finished()) return "rests, but has not ended: a wake-up was lost";
  const double took_s = std::chrono::duration<double>(executor.now() - begin).count();
  const runtime::NetworkSnapshot end = network.snapshot();
  for (std::size_t i = 0; i < graph.processes.size(); ++i) {
    const auto& rate = graph.processes[i].rate;
    if (!rate || !has_inputs(graph, i)) continue;
    // What reaches a process after its end is no work of it, so that only a least can be checked
    // for those that end by themselves.
    if (graph.processes[i].component == &taker() || end.processes[i].errors.size() > 1) continue;
    const auto drained = end.processes[i].ended[static_cast<std::size_t>(Ended::drained)];
    // 10 ms of being late are made up for.
    const double most = static_cast<double>(rate->burst) + rate->per_second * (took_s + 0.01);
    if (static_cast<double>(end.processes[i].in - drained) > most + 1) {
      return graph.processes[i].name + " took in more than its rate allows";
    }
  }
  for (const auto& [base, sink] : ordered_pairs(graph)) {
    if (seen()[sink].out_of_order.contains(base)) return sink + " saw packets out of order";
  }
  return broken_identity(end, alive_before);
}

TEST_F(RandomRates, ComeToTheirEnd) {
  for (std::uint64_t seed = 1; seed <= networks; ++seed) {
    ASSERT_EQ(simulate(seed), "") << "seed " << seed;
  }
}

}  // namespace
}  // namespace weir::simulation
