// No graph stops for ever because of the memory budget, whatever the budget, the sources and what
// holds their packets. WEIR_SEED=n runs one case alone, WEIR_BUDGETS=n another number of them.
#include "simulation/random_budgets.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <numeric>

#include "packet/pool.hpp"
#include "runtime/network.hpp"
#include "scheduler/pool.hpp"
#include "scheduler/virtual_executor.hpp"
#include "simulation/invariants.hpp"
#include "simulation/parts.hpp"

namespace weir::simulation {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::uint64_t at_sinks() {
  std::uint64_t packets = 0;
  for (const auto& [name, what] : seen()) packets += what.packets;
  return packets;
}

/// Empty if all packets arrived.
std::string in_simulation(std::uint64_t seed) {
  const BudgetCase sample = random_budget(seed);
  seen().clear();
  const std::uint64_t alive_before = pool::live_packets();
  scheduler::VirtualExecutor executor(seed);
  runtime::Network network(sample.graph, executor);
  network.set_memory_budget(sample.budget, 0);
  network.start();
  // Who looks each 10 ms has looked for a day by then.
  for (std::uint64_t steps = 0; steps < 10'000'000 && !network.finished(); ++steps) {
    if (!executor.step()) break;
  }
  const runtime::NetworkSnapshot end = network.snapshot();
  if (!network.finished()) return "it stopped for ever:\n" + describe(end);
  if (at_sinks() != sample.expected) return "packets are missing:\n" + describe(end);
  return broken_identity(end, alive_before);
}

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t simulated = 100;
constexpr std::uint64_t on_threads = 10;
#else
constexpr std::uint64_t simulated = 1000;
constexpr std::uint64_t on_threads = 50;
#endif

TEST(RandomBudgets, NeverStopANetworkForEver) {
  const std::uint64_t cases = from_environment("WEIR_BUDGETS", simulated);
  const std::uint64_t only = from_environment("WEIR_SEED", 0);
  for (std::uint64_t seed = only != 0 ? only : 1; seed <= (only != 0 ? only : cases); ++seed) {
    ASSERT_EQ(in_simulation(seed), "") << "replay with WEIR_SEED=" << seed;
  }
}

TEST(RandomBudgets, NeverStopANetworkOnRealThreads) {
  for (std::uint64_t seed = 1; seed <= on_threads; ++seed) {
    const BudgetCase sample = random_budget(seed);
    seen().clear();
    const auto executor = scheduler::make_pool({.workers = static_cast<unsigned>(1 + seed % 4)});
    runtime::Network network(sample.graph, *executor);
    network.set_memory_budget(sample.budget, 0);
    std::mutex mutex;
    std::condition_variable ended;
    bool has_ended = false;
    network.on_finished([&] {
      const std::lock_guard lock(mutex);
      has_ended = true;
      ended.notify_all();
    });
    network.start();
    {
      std::unique_lock lock(mutex);
      ASSERT_TRUE(ended.wait_for(lock, std::chrono::minutes(1), [&] { return has_ended; }))
          << "seed " << seed << "\n"
          << describe(network.snapshot());
    }
    network.abandon();
    ASSERT_EQ(at_sinks(), sample.expected) << "seed " << seed;
  }
}

}  // namespace
}  // namespace weir::simulation
