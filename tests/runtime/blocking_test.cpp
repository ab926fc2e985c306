// Components that block, on real threads: they hold up nobody else.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "packet/pool.hpp"
#include "runtime/network.hpp"
#include "scheduler/pool.hpp"
#include "simulation/invariants.hpp"
#include "simulation/parts.hpp"

namespace weir::runtime {
namespace {

using simulation::Builder;

/// Where the components below wait until the test lets them go.
struct Barrier {
  std::mutex mutex;
  std::condition_variable changed;
  unsigned inside = 0;
  bool open = false;

  void pass() {
    std::unique_lock lock(mutex);
    ++inside;
    changed.notify_all();
    changed.wait(lock, [this] { return open; });
    --inside;
  }
  void wait_for(unsigned count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return inside == count; });
  }
  void open_up() {
    const std::lock_guard lock(mutex);
    open = true;
    changed.notify_all();
  }
};

Barrier*& barrier() {
  static Barrier* instance = nullptr;
  return instance;
}

class Block final : public Transform {
 public:
  void process(Packet&, Out&) override { barrier()->pass(); }
};

class BlockInStep final : public Process {
 public:
  Step step(Context& context) override {
    while (Packet packet = context.receive()) {
      barrier()->pass();
      context.out().emit(std::move(packet));
    }
    return context.ended() ? Step::done : Step::need_input;
  }
};

const PortSpec in{.name = "in", .doc = "packets"};
const PortSpec out{.name = "out", .doc = "packets", .required = false};

const ComponentSpec block{
    .name = "test/block",
    .summary = "blocks",
    .inputs = {in},
    .outputs = {out},
    .parallel = true,
    .blocking = [](const Config&) { return true; },
    .make = [](const Config&) -> Instance { return std::make_unique<Block>(); }};
const ComponentSpec block_in_step{
    .name = "test/block_in_step",
    .summary = "blocks",
    .inputs = {in},
    .outputs = {out},
    .parallel = true,
    .blocking = [](const Config&) { return true; },
    .make = [](const Config&) -> Instance { return std::make_unique<BlockInStep>(); }};

TEST(Blocking, TwentyUnitsBlockAndTheOthersGoOn) {
  for (const ComponentSpec* spec : {&block, &block_in_step}) {
    Barrier here;
    barrier() = &here;
    simulation::seen().clear();
    const std::uint64_t alive_before = pool::live_packets();
    Builder build;
    build.graph.name = "blocking";
    const std::size_t first = build.add("first", simulation::source(), {{"count", 200}});
    const std::size_t blocks = build.add("blocks", *spec);
    build.graph.processes[blocks].concurrency.fixed = 20;
    build.connect(first, blocks, 256);
    build.connect(blocks, build.add("sink", simulation::sink()), 16);
    const std::size_t other = build.add("other", simulation::source(), {{"count", 20'000}});
    const std::size_t pass = build.add("pass", simulation::pass());
    const std::size_t other_sink = build.add("other_sink", simulation::sink());
    build.connect(other, pass, 64);
    build.connect(pass, other_sink, 64);

    const auto executor = scheduler::make_pool({.workers = 1});
    Network network(build.graph, *executor);
    network.start();
    // One has taken the first packets in; whoever sees more input sets another to work.
    here.wait_for(20);
    executor->settle([&] { return network.snapshot().processes[other_sink].in == 20'000; });
    const NetworkSnapshot now = network.snapshot();
    EXPECT_GE(now.blocking_threads, 20U);
    EXPECT_EQ(now.workers, 1U);
    EXPECT_EQ(now.stuck, "") << "a blocked thread is no stuck worker";
    here.open_up();
    executor->settle([&] { return network.finished(); });
    network.abandon();
    EXPECT_EQ(simulation::seen()["sink"].packets, 200U);
    EXPECT_TRUE(simulation::seen()["sink"].out_of_order.empty());
    EXPECT_EQ(simulation::broken_identity(network.snapshot(), alive_before), "");
  }
}

TEST(Blocking, ANetworkCanBeAbandonedOnceTheCallReturns) {
  Barrier here;
  barrier() = &here;
  Builder build;
  build.graph.name = "blocking";
  const std::size_t first = build.add("first", simulation::source(), {{"count", 200}});
  const std::size_t blocks = build.add("blocks", block);
  build.connect(first, blocks, 256);
  build.connect(blocks, build.add("sink", simulation::sink()), 16);
  const std::uint64_t alive_before = pool::live_packets();
  const auto executor = scheduler::make_pool({.workers = 1});
  Network network(build.graph, *executor);
  network.start();
  here.wait_for(1);
  here.open_up();
  network.abandon();
  EXPECT_EQ(simulation::broken_identity(network.snapshot(), alive_before), "");
}

}  // namespace
}  // namespace weir::runtime
