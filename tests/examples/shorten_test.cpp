#include <gtest/gtest.h>

#include "runtime/network.hpp"
#include "scheduler/virtual_executor.hpp"
#include "simulation/parts.hpp"
#include "weir/registry.hpp"

namespace weir {
namespace components {
const ComponentSpec& example_shorten();
}
namespace {

class Lines final : public Process {
 public:
  Step step(Context& context) override {
    context.out().emit(Packet::copy_bytes("a longer line"));
    context.out().emit(Packet::integer(7));
    return Step::done;
  }
};

std::string& seen() {
  static std::string text;
  return text;
}

class Collector final : public Transform {
 public:
  void process(Packet& packet, Out&) override { seen().append(packet.as_bytes()).append("\n"); }
};

const ComponentSpec lines{
    .name = "test/lines",
    .summary = "lines",
    .outputs = {{.name = "out", .doc = "lines"}},
    .make = [](const Config&) -> Instance { return std::make_unique<Lines>(); }};
const ComponentSpec collector{
    .name = "test/collector",
    .summary = "collects",
    .inputs = {{.name = "in", .doc = "lines"}},
    .make = [](const Config&) -> Instance { return std::make_unique<Collector>(); }};

TEST(ExampleComponent, ShortensLinesAndFailsWhatIsNone) {
  Registry registry;
  registry.add(components::example_shorten());
  const ComponentSpec* shorten = registry.find("example/shorten");
  ASSERT_NE(shorten, nullptr);
  simulation::Builder build;
  build.graph.name = "shorten";
  const std::size_t from = build.add("lines", lines);
  const std::size_t process = build.add("shorten", *shorten, {{"length", 4}});
  build.connect(from, process, 8);
  build.connect(process, build.add("collect", collector), 8);
  scheduler::VirtualExecutor executor(1);
  runtime::Network network(build.graph, executor);
  network.start();
  ASSERT_TRUE(executor.run(1000));
  EXPECT_EQ(seen(), "a lo\n");
  const runtime::ProcessSnapshot snapshot = network.snapshot().processes[process];
  ASSERT_EQ(snapshot.errors.size(), 1u);
  EXPECT_EQ(snapshot.errors[0].kind, "type");
}

}  // namespace
}  // namespace weir
