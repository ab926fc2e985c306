#include "weir/program.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "packet/pool.hpp"
#include "runtime/network.hpp"
#include "scheduler/virtual_executor.hpp"
#include "simulation/parts.hpp"

namespace weir {
namespace {

std::vector<std::int64_t>& sums() {
  static std::vector<std::int64_t> instance;
  return instance;
}

// Adds the packets of two inputs pairwise, and waits a little in between.
class Adder final : public Program {
 protected:
  Flow run(Ports ports) override {
    for (;;) {
      Packet left = co_await ports.receive(0, 0);
      Packet right = co_await ports.receive(0, 1);
      if (!left || !right) co_return;
      co_await ports.sleep(std::chrono::milliseconds(1));
      left.set_integer(left.as_integer() + right.as_integer());
      co_await ports.send(0, std::move(left));
    }
  }
};

class Collector final : public Transform {
 public:
  void process(Packet& packet, Out&) override { sums().push_back(packet.as_integer()); }
};

class Thrower final : public Program {
 protected:
  Flow run(Ports ports) override {
    co_await ports.receive();
    throw Failure("io", "the other side has gone");
  }
};

const ComponentSpec adder{
    .name = "test/adder",
    .summary = "adds",
    .inputs = {{.name = "in", .doc = "numbers", .array = true}},
    .outputs = {{.name = "out", .doc = "sums"}},
    .make = [](const Config&) -> Instance { return std::make_unique<Adder>(); }};
const ComponentSpec collector{
    .name = "test/collector",
    .summary = "collects",
    .inputs = {{.name = "in", .doc = "numbers"}},
    .make = [](const Config&) -> Instance { return std::make_unique<Collector>(); }};
const ComponentSpec thrower{
    .name = "test/thrower",
    .summary = "throws",
    .inputs = {{.name = "in", .doc = "numbers"}},
    .make = [](const Config&) -> Instance { return std::make_unique<Thrower>(); }};

TEST(Program, ReadsItsPortsInAnOrderOfItsOwn) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    sums().clear();
    simulation::Builder build;
    build.graph.name = "pairs";
    const std::size_t left = build.add("left", simulation::source(), {{"count", 50}});
    const std::size_t right =
        build.add("right", simulation::source(), {{"count", 40}, {"base", 1000}});
    const std::size_t add = build.add("add", adder);
    const std::size_t collect = build.add("collect", collector);
    build.connect(left, add, 3, 0, 0);
    build.connect(right, add, 2, 0, 1);
    build.connect(add, collect, 1);
    scheduler::VirtualExecutor executor(seed);
    runtime::Network network(build.graph, executor);
    network.start();
    ASSERT_TRUE(executor.run(1'000'000));
    ASSERT_TRUE(network.finished()) << "seed " << seed;
    ASSERT_EQ(sums().size(), 40u);
    for (std::size_t i = 0; i < sums().size(); ++i) {
      EXPECT_EQ(sums()[i], 1000 + 2 * static_cast<std::int64_t>(i));
    }
  }
}

TEST(Program, WhatItThrowsFailsItsProcess) {
  simulation::Builder build;
  build.graph.name = "failing";
  const std::size_t source = build.add("source", simulation::source(), {{"count", 1000}});
  build.connect(source, build.add("thrower", thrower), 4);
  const std::uint64_t alive_before = pool::live_packets();
  {
    scheduler::VirtualExecutor executor(1);
    runtime::Network network(build.graph, executor);
    network.start();
    ASSERT_TRUE(executor.run(1'000'000));
    EXPECT_TRUE(network.finished());
    EXPECT_TRUE(network.failed());
    EXPECT_EQ(network.snapshot().failure, "process thrower: the other side has gone (io)");
  }
  EXPECT_EQ(pool::live_packets(), alive_before);
}

}  // namespace
}  // namespace weir
