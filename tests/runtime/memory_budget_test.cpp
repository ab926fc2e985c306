// The memory budget, in virtual time: what packets take never exceeds it while sources are what
// makes them.
#include "runtime/memory_budget.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "packet/pool.hpp"
#include "packet/slab.hpp"
#include "runtime/network.hpp"
#include "scheduler/virtual_executor.hpp"
#include "simulation/invariants.hpp"
#include "simulation/parts.hpp"
#include "weir/config.hpp"

namespace weir::runtime {
namespace {

using simulation::Builder;
using std::chrono::seconds;

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t seeds = 1;
#else
constexpr std::uint64_t seeds = 3;
#endif
constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
constexpr std::uint64_t budget = 64 * mebibyte;

/// Packets of `bytes` each, as many as there is room for.
class Large final : public Process {
 public:
  explicit Large(const Config& config)
      : left_(config.integer("count")),
        text_(static_cast<std::size_t>(config.integer("bytes")), 'x') {}
  Step step(Context& context) override {
    if (context.stopping()) return Step::done;
    for (std::size_t room = context.room(); room != 0 && left_ != 0; --room, --left_) {
      context.out().emit(Packet::bytes(Bytes::copy(text_)));
    }
    return left_ == 0 ? Step::done : Step::output_full;
  }

 private:
  std::int64_t left_;
  std::string text_;
};

/// One packet of each side together, and nothing else.
class Pairs final : public Process {
 public:
  Step step(Context& context) override {
    while (context.available_at(0, 0) != 0 && context.available_at(0, 1) != 0) {
      for (unsigned side = 0; side < 2; ++side) context.out().emit(context.receive(0, side));
    }
    return context.ended_at(0, 0) && context.ended_at(0, 1) ? Step::done : Step::need_input;
  }
};

const PortSpec out{.name = "out", .doc = "packets", .required = false};
const PortSpec sides{.name = "in", .doc = "packets", .array = true};
const ComponentSpec pairs{
    .name = "test/pairs",
    .summary = "waits for both",
    .inputs = {sides},
    .outputs = {out},
    .make = [](const Config&) -> Instance { return std::make_unique<Pairs>(); }};
const ComponentSpec large{
    .name = "test/large",
    .summary = "large packets",
    .outputs = {out},
    .options =
        {{.name = "count", .type = OptionType::integer, .doc = "n", .default_value = "1000"},
         {.name = "bytes", .type = OptionType::integer, .doc = "n", .default_value = "65536"}},
    .make = [](const Config& config) -> Instance { return std::make_unique<Large>(config); }};

/// What happened while a network ran to its end.
struct Course {
  bool finished = false;
  std::uint64_t used_most = 0;
  bool held = false;
  MemorySnapshot end;
};

Course run(const graph::Graph& graph, std::uint64_t seed, std::uint64_t limit) {
  simulation::seen().clear();
  const std::uint64_t alive_before = pool::live_packets();
  scheduler::VirtualExecutor executor(seed);
  Network network(graph, executor);
  network.set_memory_budget(limit, 0);
  network.start();
  Course course;
  for (std::uint64_t steps = 0; steps < 3'000'000 && executor.step(); ++steps) {
    course.used_most = std::max<std::uint64_t>(course.used_most, slab::used_bytes());
    course.held = course.held || (steps % 64 == 0 && network.snapshot().memory.holds);
  }
  course.finished = network.finished();
  const NetworkSnapshot end = network.snapshot();
  course.end = end.memory;
  EXPECT_EQ(simulation::broken_identity(end, alive_before), "");
  return course;
}

/// A flood of large packets into a consumer that takes one in `wait_us`.
graph::Graph flood(std::int64_t bytes, std::int64_t count, std::int64_t wait_us) {
  Builder build;
  build.graph.name = "flood";
  const std::size_t source = build.add("source", large, {{"count", count}, {"bytes", bytes}});
  const std::size_t slow = build.add("slow", simulation::waiting(), {{"wait_us", wait_us}});
  build.connect(source, slow, 1'000'000);
  build.connect(slow, build.add("sink", simulation::sink()), 16);
  return std::move(build.graph);
}

TEST(MemoryBudget, HoldsASourceBeforeItIsExceeded) {
  for (const std::int64_t bytes : {1000L, 60'000L, 1'000'000L, 3'000'000L}) {
    const std::int64_t count = static_cast<std::int64_t>(4 * budget) / bytes;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      const Course course = run(flood(bytes, count, 1000), seed, budget);
      EXPECT_TRUE(course.finished) << "held sources go on, " << bytes;
      EXPECT_EQ(simulation::seen()["sink"].packets, static_cast<std::uint64_t>(count));
      EXPECT_LE(course.used_most, budget) << bytes;
      EXPECT_GE(course.used_most, budget / 2) << bytes << ": it is used";
      EXPECT_TRUE(course.held) << bytes;
      EXPECT_GE(course.end.times_held, 1U);
      EXPECT_FALSE(course.end.holds);
      EXPECT_EQ(course.end.budget, budget);
    }
  }
}

TEST(MemoryBudget, IsSharedByManySources) {
  Builder build;
  build.graph.name = "many";
  const std::size_t slow = build.add("slow", simulation::waiting(), {{"wait_us", 100}});
  build.connect(slow, build.add("sink", simulation::sink()), 16);
  for (int i = 0; i < 8; ++i) {
    const std::size_t source =
        build.add("source" + std::to_string(i), large, {{"count", 300}, {"bytes", 200'000}});
    build.connect(source, slow, 1'000'000);
  }
  const Course course = run(build.graph, 1, budget);
  EXPECT_TRUE(course.finished);
  EXPECT_EQ(simulation::seen()["sink"].packets, 2400U);
  EXPECT_LE(course.used_most, budget);
  EXPECT_TRUE(course.held);
}

// One side of a join fills the budget; what would free it comes from a source that is held too.
TEST(MemoryBudget, LetsThroughWhatOthersWaitFor) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    Builder build;
    build.graph.name = "join";
    const std::size_t join = build.add("join", pairs);
    const std::size_t fast = build.add("fast", large, {{"count", 1000}, {"bytes", 200'000}});
    const std::size_t late = build.add("late", large, {{"count", 1000}, {"bytes", 1000}});
    build.graph.processes[late].rate = {50, 1};
    build.connect(fast, join, 1'000'000, 0, 0);
    build.connect(late, join, 1'000'000, 0, 1);
    build.connect(join, build.add("sink", simulation::sink()), 16);
    const Course course = run(build.graph, seed, budget);
    EXPECT_TRUE(course.finished) << "seed " << seed;
    EXPECT_EQ(simulation::seen()["sink"].packets, 2000U);
    EXPECT_LE(course.used_most, budget);
    EXPECT_TRUE(course.held);
  }
}

TEST(MemoryBudget, DoesNotKeepASourceFromStopping) {
  scheduler::VirtualExecutor executor(1);
  Network network(flood(200'000, 1'000'000, 1'000'000), executor);
  network.set_memory_budget(budget, 0);
  network.start();
  while (network.snapshot().memory.times_held == 0) ASSERT_TRUE(executor.step());
  EXPECT_EQ(network.snapshot().processes[0].activity, Activity::blocked);
  network.drain();
  while (network.snapshot().processes[0].activity != Activity::ended) ASSERT_TRUE(executor.step());
  network.abandon();
}

TEST(MemoryBudget, TheGraphsOwnHoldsUnlessItCannot) {
  graph::Graph graph = flood(1000, 1, 1);
  graph.memory = 100 * mebibyte;
  scheduler::VirtualExecutor executor(1);
  Network network(graph, executor);
  EXPECT_EQ(network.snapshot().memory.budget, 100 * mebibyte);
  network.set_memory_budget(30 * mebibyte, 200 * mebibyte);
  EXPECT_EQ(network.snapshot().memory.budget, 100 * mebibyte);
  network.set_memory_budget(30 * mebibyte, 40 * mebibyte);
  EXPECT_EQ(network.snapshot().memory.budget, 30 * mebibyte);
}

}  // namespace
}  // namespace weir::runtime
