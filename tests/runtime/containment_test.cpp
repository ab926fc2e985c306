// Components that misbehave: what they do is contained, counted and named.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>
#include <sstream>
#include <thread>

#include "packet/pool.hpp"
#include "runtime/network.hpp"
#include "scheduler/pool.hpp"
#include "scheduler/virtual_executor.hpp"
#include "simulation/invariants.hpp"
#include "simulation/parts.hpp"

namespace weir::runtime {
namespace {

using simulation::Builder;

constexpr std::uint64_t many = 1'000'000;

class Flood final : public Transform {
 public:
  void process(Packet& packet, Out& out) override {
    for (std::uint64_t i = 1; i < many; ++i) out.emit(packet.share());
  }
};

class Thrower final : public Process {
 public:
  Step step(Context& context) override {
    held_ = context.receive();
    if (!held_) return Step::need_input;
    throw std::runtime_error("it broke");
  }
  void stop() noexcept override { held_ = Packet(); }

 private:
  Packet held_;
};

std::atomic<bool>& let_go() {
  static std::atomic<bool> flag{false};
  return flag;
}

class Stuck final : public Transform {
 public:
  void process(Packet&, Out&) override {
    while (!let_go()) std::this_thread::yield();
  }
};

const PortSpec in{.name = "in", .doc = "packets"};
const PortSpec out{.name = "out", .doc = "packets", .required = false};

template <class Component, class Level>
ComponentSpec spec_of(std::string_view name) {
  return {.name = name,
          .summary = "misbehaves",
          .inputs = {in},
          .outputs = {out},
          .make = [](const Config&) -> Instance {
            return std::unique_ptr<Level>(std::make_unique<Component>());
          }};
}

const ComponentSpec flood = spec_of<Flood, Transform>("test/flood");
const ComponentSpec thrower = spec_of<Thrower, Process>("test/thrower");
const ComponentSpec stuck = spec_of<Stuck, Transform>("test/stuck");

graph::Graph chain_through(const ComponentSpec& spec, std::int64_t count) {
  Builder build;
  build.graph.name = "chain";
  const std::size_t source = build.add("source", simulation::source(), {{"count", count}});
  const std::size_t middle = build.add("middle", spec);
  const std::size_t sink = build.add("sink", simulation::sink());
  build.connect(source, middle, 16);
  build.connect(middle, sink, 16).overflow.limit = 100;
  return std::move(build.graph);
}

class Containment : public testing::Test {
 protected:
  Containment() {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_)));
  }
  ~Containment() override { spdlog::set_default_logger(before_); }

  std::ostringstream log_;

 private:
  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};

TEST_F(Containment, AMillionPacketsForOneAreKeptCountedAndNamed) {
  const std::uint64_t alive_before = pool::live_packets();
  simulation::seen().clear();
  scheduler::VirtualExecutor executor(1);
  Network network(chain_through(flood, 2), executor);
  network.start();
  ASSERT_TRUE(executor.run(UINT64_MAX));
  EXPECT_TRUE(network.finished());
  EXPECT_FALSE(network.failed());
  EXPECT_EQ(simulation::seen()["sink"].packets, 2 * many);
  EXPECT_EQ(simulation::broken_identity(network.snapshot(), alive_before), "");
  EXPECT_THAT(log_.str(), testing::HasSubstr("process middle: middle.0[0] -> sink.in[0] holds"));
}

TEST_F(Containment, AComponentThatThrowsFailsItsNetworkAndItsPacketsAreCounted) {
  const std::uint64_t alive_before = pool::live_packets();
  scheduler::VirtualExecutor executor(1);
  Network network(chain_through(thrower, 50), executor);
  network.start();
  ASSERT_TRUE(executor.run(UINT64_MAX));
  EXPECT_TRUE(network.failed());
  EXPECT_TRUE(network.finished()) << "the rest of the network comes to its end";
  const NetworkSnapshot end = network.snapshot();
  EXPECT_EQ(end.failure, "process middle: it broke (exception)");
  EXPECT_EQ(end.processes[1].activity, Activity::failed);
  EXPECT_EQ(end.processes[1].ended[static_cast<std::size_t>(Ended::error)], 1u);
  EXPECT_EQ(simulation::broken_identity(end, alive_before), "");
}

TEST_F(Containment, AStepThatNeverReturnsIsNamedAndTheOthersGoOn) {
  let_go() = false;
  graph::Graph graph = chain_through(stuck, 1);
  Builder build;
  build.graph = std::move(graph);
  const std::size_t other = build.add("other", simulation::source(), {{"count", 5000}});
  const std::size_t other_sink = build.add("other_sink", simulation::sink());
  build.connect(other, other_sink, 16);
  simulation::seen().clear();
  const auto executor = scheduler::make_pool({.workers = 2});
  Network network(build.graph, *executor);
  network.start();
  executor->settle([&] { return network.snapshot().processes[other_sink].in == 5000; });
  executor->settle([&] { return network.snapshot().stuck == "middle"; });
  let_go() = true;
  executor->settle([&] { return network.finished(); });
  EXPECT_EQ(simulation::seen()["sink"].packets, 1u);
}

}  // namespace
}  // namespace weir::runtime
