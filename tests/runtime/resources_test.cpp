// Pools as a network owns them: processes get them by name, and a new graph keeps what is the same.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "runtime/network.hpp"
#include "scheduler/virtual_executor.hpp"
#include "simulation/parts.hpp"
#include "weir/config.hpp"
#include "weir/resource_pool.hpp"

namespace weir::runtime {
namespace {

/// What all networks of a test made.
struct Made {
  unsigned alive = 0;
  unsigned alive_most = 0;
  unsigned in_all = 0;
  std::string last_label;
};
Made& made() {
  static Made instance;
  return instance;
}

struct Thing final : Resource {
  Thing() {
    ++made().in_all;
    made().alive_most = std::max(made().alive_most, ++made().alive);
  }
  ~Thing() override { --made().alive; }
};

class ThingFactory final : public ResourceFactory {
 public:
  ThingFactory(std::string label, Reactor& reactor) : label_(std::move(label)), reactor_(reactor) {}
  Attempt make(ResourceFactory::Made done) override {
    auto attempt = std::make_shared<std::unique_ptr<Timer>>();
    *attempt = reactor_.make_timer([label = label_, done = std::move(done)] {
      made().last_label = label;
      done(std::make_unique<Thing>(), {});
    });
    (*attempt)->start(std::chrono::milliseconds(5));
    return attempt;
  }

 private:
  std::string label_;
  Reactor& reactor_;
};

const ResourceSpec thing{
    .name = "thing",
    .summary = "things",
    .noun = "thing",
    .options = with_pool_options({{.name = "label", .doc = "text", .default_value = "none"}}),
    .make = [](const Config& config, Reactor& reactor) -> std::unique_ptr<ResourceFactory> {
      return std::make_unique<ThingFactory>(config.text("label"), reactor);
    }};

/// Takes up to ten packets together, and holds a thing for a while for them.
class User final : public Process {
 public:
  void start(Context& context) override { pool_ = ResourcePool<Thing>(context, "things"); }
  Step step(Context& context) override {
    if (packets_.empty()) {
      packets_.resize(10);
      packets_.resize(context.receive_batch(packets_));
      if (packets_.empty()) return context.ended() ? Step::done : Step::need_input;
    }
    if (!lease_) {
      if (!asked_.pending()) asked_ = pool_.ask(context, std::chrono::seconds(10));
      auto got = asked_.take();
      if (!got) return Step::waiting;
      EXPECT_FALSE(got->failure) << got->failure->what();
      lease_ = std::move(got->lease);
      until_ = context.now() + std::chrono::milliseconds(3);
    }
    if (context.now() < until_) {
      context.wake_after(until_ - context.now());
      return Step::waiting;
    }
    lease_.release();
    for (Packet& packet : packets_) context.out().emit(std::move(packet));
    packets_.clear();
    return Step::yield;
  }
  void stop() noexcept override {
    asked_.cancel();
    lease_.release();
    packets_.clear();
  }

 private:
  ResourcePool<Thing> pool_;
  PendingLease<Thing> asked_;
  Lease<Thing> lease_;
  std::vector<Packet> packets_;
  Time until_{};
};

const ComponentSpec user{
    .name = "test/user",
    .summary = "uses things",
    .inputs = {{.name = "in", .doc = "numbers"}},
    .outputs = {{.name = "out", .doc = "the same"}},
    .options = {{.name = "from",
                 .type = OptionType::resource,
                 .doc = "the pool",
                 .required = true,
                 .resource = "thing"}},
    .parallel = true,
    .make = [](const Config&) -> Instance { return std::make_unique<User>(); }};

graph::Graph graph_with(unsigned max, const std::string& label, std::int64_t count) {
  simulation::Builder build;
  build.graph.name = "things";
  const std::size_t source = build.add("source", simulation::source(), {{"count", count}});
  const std::size_t use = build.add("use", user);
  const std::size_t sink = build.add("sink", simulation::sink());
  build.connect(source, use, 64);
  build.connect(use, sink, 64);
  Setting from;
  from.kind = Setting::Kind::map;
  from.fields.push_back({"from", {}, Setting::quoted_text("things")});
  build.graph.processes[use].config = from;
  build.graph.processes[use].concurrency.fixed = 6;
  graph::ResourceModel& model = build.graph.resources.emplace_back();
  model.name = "things";
  model.type = &thing;
  model.max = max;
  model.config.kind = Setting::Kind::map;
  model.config.fields.push_back({"label", {}, Setting::quoted_text(label)});
  return build.graph;
}

class NetworkResources : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  void SetUp() override {
    made() = {};
    simulation::seen().clear();
  }
};

TEST_P(NetworkResources, SeveralUnitsShareAPoolAndKeepTheOrder) {
  scheduler::VirtualExecutor executor(GetParam());
  {
    Network network(graph_with(3, "a", 5000), executor);
    network.start();
    executor.settle([&] { return network.finished(); });
    ASSERT_TRUE(network.finished());
    EXPECT_FALSE(network.failed());
    const NetworkSnapshot snapshot = network.snapshot();
    ASSERT_EQ(snapshot.pools.size(), 1U);
    EXPECT_EQ(snapshot.pools[0].size, 0U) << "all are closed at the end";
    EXPECT_EQ(snapshot.pools[0].timeouts, 0U);
    ASSERT_EQ(snapshot.pools[0].holders.size(), 1U);
    EXPECT_EQ(snapshot.pools[0].holders[0].name, "use");
    EXPECT_GT(snapshot.pools[0].holders[0].wait_s, 0);
  }
  EXPECT_EQ(simulation::seen()["sink"].packets, 5000U);
  EXPECT_TRUE(simulation::seen()["sink"].out_of_order.empty());
  EXPECT_EQ(made().alive, 0U);
  EXPECT_LE(made().alive_most, 3U);
}

TEST_P(NetworkResources, ANewGraphKeepsThePoolsThatAreTheSame) {
  scheduler::VirtualExecutor executor(GetParam());
  Network network(graph_with(2, "a", 1'000'000'000), executor);
  network.start();
  const auto handled = [] { return simulation::seen()["sink"].packets; };
  executor.settle([&] { return handled() > 500; });
  const unsigned before = made().in_all;
  EXPECT_LE(before, 2U);

  network.apply(graph_with(5, "a", 1'000'000'000));
  std::uint64_t count = handled();
  executor.settle([&] { return handled() > count + 3000; });
  EXPECT_EQ(network.snapshot().pools[0].max, 5U);
  EXPECT_LE(made().in_all, 5U) << "those that there were go on";
  EXPECT_EQ(made().last_label, "a");

  network.apply(graph_with(5, "b", 1'000'000'000));
  count = handled();
  executor.settle([&] { return handled() > count + 500; });
  EXPECT_EQ(made().last_label, "b");
  EXPECT_LE(made().alive, 5U) << "the old ones are closed";
  EXPECT_TRUE(simulation::seen()["sink"].out_of_order.empty());
  network.drain();
  executor.settle([&] { return network.finished(); });
  EXPECT_FALSE(network.failed()) << network.snapshot().failure;
  EXPECT_EQ(made().alive, 0U);
}

TEST_P(NetworkResources, AnAbandonedNetworkGivesAllBack) {
  scheduler::VirtualExecutor executor(GetParam());
  {
    Network network(graph_with(2, "a", 1'000'000), executor);
    network.start();
    executor.settle([] { return simulation::seen()["sink"].packets > 200; });
    network.abandon();
    EXPECT_EQ(made().alive, 0U);
  }
  EXPECT_EQ(made().alive, 0U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, NetworkResources, ::testing::Range<std::uint64_t>(1, 11));

}  // namespace
}  // namespace weir::runtime
