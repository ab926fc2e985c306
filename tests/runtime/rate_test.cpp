// The rate of a process, in virtual time: how many packets pass is known to the packet.
#include <gtest/gtest.h>

#include "packet/pool.hpp"
#include "runtime/network.hpp"
#include "scheduler/virtual_executor.hpp"
#include "simulation/invariants.hpp"
#include "simulation/parts.hpp"

namespace weir::runtime {
namespace {

using simulation::Builder;
using std::chrono::milliseconds;
using std::chrono::seconds;

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t seeds = 1;
#else
constexpr std::uint64_t seeds = 5;
#endif

/// Emits as many numbers as there is room for.
class Polite final : public Process {
 public:
  Step step(Context& context) override {
    if (context.stopping()) return Step::done;
    for (std::size_t room = std::min<std::size_t>(context.room(), 100); room != 0; --room) {
      context.out().emit(Packet::integer(sent_++));
    }
    return context.room() == 0 ? Step::output_full : Step::yield;
  }

 private:
  std::int64_t sent_ = 0;
};

/// Takes what available() promises, in lots of three.
class Threes final : public Process {
 public:
  Step step(Context& context) override {
    while (context.available() >= 3 || (context.ended() && context.available() != 0)) {
      for (int i = 0; i < 3; ++i) {
        Packet packet = context.receive();
        if (packet) context.out().emit(std::move(packet));
      }
    }
    return context.ended() ? Step::done : Step::need_input;
  }
};

const PortSpec in{.name = "in", .doc = "packets"};
const PortSpec out{.name = "out", .doc = "packets", .required = false};

const ComponentSpec polite{
    .name = "test/polite",
    .summary = "sends what there is room for",
    .outputs = {out},
    .make = [](const Config&) -> Instance { return std::make_unique<Polite>(); }};
const ComponentSpec threes{
    .name = "test/threes",
    .summary = "takes three at a time",
    .inputs = {in},
    .outputs = {out},
    .least_input = 3,
    .make = [](const Config&) -> Instance { return std::make_unique<Threes>(); }};

/// Steps until so much time has passed.
void run_for(scheduler::VirtualExecutor& executor, Duration time) {
  bool over = false;
  const auto end = executor.make_timer([&] { over = true; });
  end->start(time);
  while (!over && executor.step()) {
  }
}

Activity activity_of(const Network& network, std::size_t process) {
  return network.snapshot().processes[process].activity;
}

struct Chain {
  graph::Graph graph;
  std::size_t source;
  std::size_t middle;
  std::size_t sink;
};

Chain chain(const ComponentSpec& first, const ComponentSpec& second,
            const std::map<std::string, std::int64_t>& first_options = {},
            const std::map<std::string, std::int64_t>& second_options = {}) {
  Builder build;
  build.graph.name = "rate";
  const std::size_t source = build.add("source", first, first_options);
  const std::size_t middle = build.add("middle", second, second_options);
  const std::size_t sink = build.add("sink", simulation::sink());
  build.connect(source, middle, 256);
  build.connect(middle, sink, 256);
  build.graph.processes[middle].on_error = graph::OnError::route;
  return {std::move(build.graph), source, middle, sink};
}

class Rate : public testing::Test {
 protected:
  Rate() { simulation::seen().clear(); }
  std::uint64_t arrived() { return simulation::seen()["sink"].packets; }
};

void expect_a_minute_of(Chain made, unsigned concurrency, std::uint64_t least, std::uint64_t most) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    made.graph.processes[made.middle].concurrency.fixed = concurrency;
    simulation::seen().clear();
    scheduler::VirtualExecutor executor(seed);
    Network network(made.graph, executor);
    network.start();
    // Half a token later, so that what is due at the end has passed.
    run_for(executor, seconds(60) + std::chrono::microseconds(500));
    const NetworkSnapshot end = network.snapshot();
    EXPECT_GE(end.processes[made.middle].in, least) << "seed " << seed;
    EXPECT_LE(end.processes[made.middle].in, most) << "seed " << seed;
    EXPECT_TRUE(simulation::seen()["sink"].out_of_order.empty()) << "seed " << seed;
    network.abandon();
  }
}

TEST_F(Rate, LetsExactlyThatManyIntoATransform) {
  Chain made = chain(polite, simulation::pass());
  made.graph.processes[made.middle].rate = {1000, 10};
  expect_a_minute_of(std::move(made), 1, 60'010, 60'010);
}

TEST_F(Rate, LetsExactlyThatManyIntoABatch) {
  Chain made = chain(polite, simulation::doubler());
  made.graph.processes[made.middle].rate = {1000, 10};
  expect_a_minute_of(std::move(made), 1, 60'010, 60'010);
}

TEST_F(Rate, LetsExactlyThatManyIntoAProcess) {
  Chain made = chain(polite, simulation::server(), {}, {{"wait_us", 0}});
  made.graph.processes[made.middle].rate = {1000, 10};
  expect_a_minute_of(std::move(made), 1, 60'010, 60'010);
}

TEST_F(Rate, BoundsWhatAProcessIsToldToBeAvailable) {
  Chain made = chain(polite, threes);
  made.graph.processes[made.middle].rate = {1000, 10};
  // Up to two wait for the third.
  expect_a_minute_of(std::move(made), 1, 60'008, 60'010);
}

TEST_F(Rate, IsSharedByAllUnitsAndKeepsTheOrder) {
  Chain made = chain(polite, simulation::shared());
  made.graph.processes[made.middle].rate = {1000, 10};
  made.graph.processes[made.middle].on_error = graph::OnError::drop;
  expect_a_minute_of(std::move(made), 4, 60'010, 60'010);
}

TEST_F(Rate, IsSharedByUnitsThatWaitOutside) {
  Chain made = chain(polite, simulation::server(), {}, {{"wait_us", 20}});
  made.graph.processes[made.middle].rate = {1000, 10};
  expect_a_minute_of(std::move(made), 4, 60'010, 60'010);
}

TEST_F(Rate, HoldsASourceWhereItSends) {
  for (const ComponentSpec* source : {&polite, &simulation::source()}) {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      const bool asks = source == &polite;
      Chain made = chain(*source, simulation::pass(),
                         asks ? std::map<std::string, std::int64_t>{}
                              : std::map<std::string, std::int64_t>{{"count", 1'000'000}});
      made.graph.processes[made.source].rate = {1000, 10};
      simulation::seen().clear();
      scheduler::VirtualExecutor executor(seed);
      Network network(made.graph, executor);
      network.start();
      run_for(executor, seconds(60) + std::chrono::microseconds(500));
      EXPECT_GE(arrived(), 60'010U);
      // One that does not ask for room sends seven at a time, and rests longer after that.
      EXPECT_LE(arrived(), asks ? 60'010U : 60'016U);
      EXPECT_EQ(activity_of(network, made.source), Activity::throttled);
      network.abandon();
    }
  }
}

TEST_F(Rate, MakesAProcessThrottledAndPushesBack) {
  Chain made = chain(polite, simulation::pass());
  made.graph.processes[made.middle].rate = {1, 1};
  scheduler::VirtualExecutor executor(1);
  Network network(made.graph, executor);
  network.start();
  run_for(executor, milliseconds(2500));
  const NetworkSnapshot now = network.snapshot();
  EXPECT_EQ(now.processes[made.middle].activity, Activity::throttled);
  EXPECT_EQ(now.processes[made.source].activity, Activity::blocked);
  EXPECT_EQ(now.processes[made.middle].in, 3U);
  EXPECT_EQ(now.connections[0].packets, 256U);
  network.abandon();
}

// No polling: a wake-up for each token, and no more.
TEST_F(Rate, CostsAWakeUpForATokenAndNoMore) {
  Chain made = chain(polite, simulation::pass());
  made.graph.processes[made.middle].rate = {10, 1};
  scheduler::VirtualExecutor executor(1);
  Network network(made.graph, executor);
  network.start();
  run_for(executor, seconds(1));
  const std::uint64_t before = executor.steps();
  run_for(executor, seconds(60));
  // For each: the timer, the process itself, its sink, its source, which there is room for now, and
  // once more the process, to which the source has sent.
  EXPECT_LE(executor.steps() - before, 600U * 5 + 5);
  network.abandon();
}

TEST_F(Rate, HoldsDuringADrainToo) {
  for (const unsigned concurrency : {1U, 4U}) {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      Chain made = chain(polite, simulation::shared());
      made.graph.processes[made.middle].rate = {10, 1};
      made.graph.processes[made.middle].concurrency.fixed = concurrency;
      made.graph.processes[made.middle].on_error = graph::OnError::drop;
      simulation::seen().clear();
      const std::uint64_t alive_before = pool::live_packets();
      scheduler::VirtualExecutor executor(seed);
      Network network(made.graph, executor);
      network.start();
      run_for(executor, seconds(10));
      const std::uint64_t queued = network.snapshot().connections[0].packets;
      ASSERT_GT(queued, 100U);
      network.drain();
      const Time begin = executor.now();
      ASSERT_TRUE(executor.run(1'000'000)) << "seed " << seed;
      EXPECT_TRUE(network.finished());
      const auto tokens = static_cast<std::int64_t>(queued);
      EXPECT_GE(executor.now() - begin, (tokens - 1) * milliseconds(100));
      EXPECT_LE(executor.now() - begin, tokens * milliseconds(100));
      EXPECT_EQ(simulation::broken_identity(network.snapshot(), alive_before), "");
    }
  }
}

TEST_F(Rate, LeavesTheRestCountedWhereADrainIsGivenUp) {
  Chain made = chain(polite, simulation::pass());
  made.graph.processes[made.middle].rate = {1, 1};
  const std::uint64_t alive_before = pool::live_packets();
  scheduler::VirtualExecutor executor(1);
  Network network(made.graph, executor);
  network.start();
  network.drain();
  run_for(executor, seconds(5));
  network.abandon();
  EXPECT_EQ(simulation::broken_identity(network.snapshot(), alive_before), "");
}

TEST_F(Rate, AThrottledSourceIsToldToStopAtOnce) {
  Chain made = chain(polite, simulation::pass());
  made.graph.processes[made.source].rate = {1.0 / 3600, 1};
  scheduler::VirtualExecutor executor(1);
  Network network(made.graph, executor);
  network.start();
  run_for(executor, seconds(10));
  EXPECT_EQ(arrived(), 1U);
  network.drain();
  run_for(executor, milliseconds(1));
  EXPECT_TRUE(network.finished());
}

TEST_F(Rate, ChangesWhileTheGraphRuns) {
  Chain made = chain(polite, simulation::pass());
  made.graph.processes[made.middle].rate = {100, 1};
  scheduler::VirtualExecutor executor(1);
  Network network(made.graph, executor);
  network.start();
  run_for(executor, seconds(10) + milliseconds(5));
  EXPECT_EQ(arrived(), 1001U);
  made.graph.processes[made.middle].rate = {1000, 10};
  network.apply(made.graph);
  run_for(executor, seconds(10));
  EXPECT_NEAR(static_cast<double>(arrived()), 11'001, 11);
  made.graph.processes[made.middle].rate.reset();
  network.apply(made.graph);
  const std::uint64_t before = arrived();
  for (int i = 0; i < 1000; ++i) executor.step();
  EXPECT_GT(arrived(), before + 1000);
  network.abandon();
}

// A cycle goes round at the rate of its slowest, and ends.
TEST_F(Rate, HoldsInACycle) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    Builder build;
    build.graph.name = "cycle";
    const std::size_t source = build.add("source", simulation::source(), {{"count", 40}});
    const std::size_t odd = build.add("odd", simulation::keep_odd());
    const std::size_t fan = build.add("fan", simulation::fan());
    const std::size_t sink = build.add("sink", simulation::sink());
    build.connect(source, odd, 8);
    build.connect(odd, fan, 8);
    build.connect(fan, sink, 8, 0);
    build.connect(fan, odd, 8, 1);
    build.graph.processes[odd].rate = {100, 1};
    simulation::seen().clear();
    scheduler::VirtualExecutor executor(seed);
    Network network(build.graph, executor);
    network.start();
    ASSERT_TRUE(executor.run(1'000'000)) << "seed " << seed;
    EXPECT_TRUE(network.finished()) << "seed " << seed;
    EXPECT_EQ(arrived(), 20U);
    const auto rounds = static_cast<std::int64_t>(network.snapshot().processes[odd].in);
    EXPECT_GE(executor.now() - Time(seconds(1)), (rounds - 1) * milliseconds(10));
  }
}

}  // namespace
}  // namespace weir::runtime
