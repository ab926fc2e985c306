// Initial packets: first, and once.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "packet/pool.hpp"
#include "runtime/network.hpp"
#include "scheduler/virtual_executor.hpp"
#include "simulation/parts.hpp"
#include "weir/config.hpp"

namespace weir::runtime {
namespace {

/// Notes the numbers that it takes, in order.
std::vector<std::int64_t>& noted() {
  static std::vector<std::int64_t> numbers;
  return numbers;
}

class Notes final : public Transform {
 public:
  void process(Packet& packet, Out& out) override {
    static_cast<void>(out);
    noted().push_back(packet.kind() == PayloadKind::number ? packet.as_integer() : -1);
    packet = Packet();
  }
};

const ComponentSpec notes{
    .name = "test/notes",
    .summary = "notes what comes",
    .inputs = {{.name = "in", .doc = "packets"}},
    .make = [](const Config&) -> Instance { return std::make_unique<Notes>(); }};

TEST(InitialPacket, ComesBeforeAllElse) {
  for (const std::int64_t count : {3, 20'000}) {
    noted().clear();
    simulation::Builder build;
    build.graph.name = "initial";
    const std::size_t source =
        build.add("source", simulation::source(), {{"count", count}, {"per_step", 64}});
    const std::size_t sink = build.add_after(source, "sink", notes, 64);
    build.graph.processes[sink].initial.push_back({0, 0, Setting::plain("-77")});
    scheduler::VirtualExecutor executor(3);
    Network network(build.graph, executor);
    network.start();
    while (executor.step()) {
    }
    ASSERT_TRUE(network.finished());
    ASSERT_EQ(noted().size(), static_cast<std::size_t>(count + 1));
    EXPECT_EQ(noted().front(), -77);
    EXPECT_EQ(std::count(noted().begin(), noted().end(), -77), 1);
  }
}

TEST(InitialPacket, DoesNotComeAgainWithAChangeElsewhere) {
  noted().clear();
  simulation::Builder build;
  build.graph.name = "initial";
  const std::size_t source =
      build.add("source", simulation::source(), {{"count", 1'000'000}, {"per_step", 64}});
  const std::size_t fan = build.add_after(source, "fan", simulation::fan(), 64);
  const std::size_t sink = build.add("sink", notes);
  build.connect(fan, sink, 64, 0);
  build.graph.processes[sink].initial.push_back({0, 0, Setting::plain("-77")});
  scheduler::VirtualExecutor executor(4);
  Network network(build.graph, executor);
  network.start();
  for (int i = 0; i < 1000; ++i) executor.step();
  // A neighbour comes, another sends into the same port.
  const std::size_t other = build.add("other", simulation::sink());
  build.connect(fan, other, 64, 1);
  const std::size_t late = build.add("late", simulation::source(), {{"count", 10}});
  build.connect(late, sink, 64);
  network.apply(build.graph);
  for (int i = 0; i < 1000; ++i) executor.step();
  network.drain();
  while (executor.step()) {
  }
  ASSERT_TRUE(network.finished());
  EXPECT_EQ(std::count(noted().begin(), noted().end(), -77), 1);
}

}  // namespace
}  // namespace weir::runtime
