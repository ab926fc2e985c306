#include "runtime/latency.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>
#include <vector>

#include "runtime/network.hpp"
#include "scheduler/pool.hpp"
#include "scheduler/virtual_executor.hpp"
#include "simulation/parts.hpp"
#include "weir/config.hpp"

namespace weir::runtime {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

double ratio(Duration measured, Duration truth) {
  return static_cast<double>(measured.count()) / static_cast<double>(truth.count());
}

TEST(LatencyLog, KnowsNothingAtFirst) {
  LatencyLog log;
  EXPECT_EQ(log.count(), 0U);
  EXPECT_FALSE(log.percentile(0.5));
}

TEST(LatencyLog, AnswersWithinOnePercent) {
  for (Duration truth(1); truth < seconds(1000); truth += truth / 3 + Duration(1)) {
    LatencyLog log;
    log.record(truth);
    EXPECT_NEAR(ratio(*log.percentile(0.5), truth), 1, 0.008) << truth.count() << " ns";
  }
}

TEST(LatencyLog, FindsPercentiles) {
  LatencyLog log;
  for (int i = 1; i <= 10'000; ++i) log.record(microseconds(i));
  EXPECT_EQ(log.count(), 10'000U);
  EXPECT_NEAR(ratio(*log.percentile(0), microseconds(1)), 1, 0.008);
  EXPECT_NEAR(ratio(*log.percentile(0.5), microseconds(5000)), 1, 0.008);
  EXPECT_NEAR(ratio(*log.percentile(0.99), microseconds(9900)), 1, 0.008);
  EXPECT_NEAR(ratio(*log.percentile(0.999), microseconds(9990)), 1, 0.008);
  EXPECT_NEAR(ratio(*log.percentile(1), microseconds(10'000)), 1, 0.008);
}

TEST(LatencyLog, HoldsWhatIsOutOfRangeAtItsEnds) {
  LatencyLog log;
  log.record(Duration(-5));
  EXPECT_EQ(log.percentile(1), Duration(0));
  log.record(std::chrono::hours(10'000));
  EXPECT_GT(*log.percentile(1), seconds(1000));
}

TEST(LatencyLog, Forgets) {
  LatencyLog log;
  log.record(microseconds(3));
  log.clear();
  EXPECT_EQ(log.count(), 0U);
  EXPECT_FALSE(log.percentile(0.5));
}

TEST(LatencyLog, LosesNothingToThreads) {
  LatencyLog log;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&log] {
      for (int k = 0; k < 1000; ++k) log.record(microseconds(k));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(log.count(), 4000U);
}

/// Makes a packet of its own of each packet that it takes, which ends.
class Renewer final : public Transform {
 public:
  void process(Packet& packet, Out& out) override {
    out.emit(Packet::integer(packet.as_integer()));
    out.end(std::move(packet), Ended::filtered);
  }
};

/// The same with a step of its own.
class SteppingRenewer final : public Process {
 public:
  Step step(Context& context) override {
    while (Packet packet = context.receive()) {
      context.out().emit(Packet::integer(packet.as_integer()));
    }
    return Step::need_input;
  }
};

/// Sends packets at a rate of one a millisecond, all that are due each time that it is run.
class Scheduled final : public Process {
 public:
  void start(Context& context) override { begin_ = context.now(); }
  Step step(Context& context) override {
    // Late: ten are due.
    if (sent_ == 0 && context.now() == begin_) {
      context.wake_after(milliseconds(10));
      return Step::waiting;
    }
    while (sent_ < 10) {
      Packet packet = Packet::integer(++sent_);
      if (context.samples_latency()) packet.set_due(begin_ + milliseconds(sent_));
      context.out().emit(std::move(packet));
    }
    return Step::done;
  }

 private:
  Time begin_{};
  int sent_ = 0;
};

template <class Component, class Level>
const ComponentSpec& spec_of() {
  static const ComponentSpec spec{.name = "test/part",
                                  .summary = "part",
                                  .inputs = {{.name = "in", .doc = "packets", .required = false}},
                                  .outputs = {{.name = "out", .doc = "packets"}},
                                  .make = [](const Config&) -> Instance {
                                    return std::unique_ptr<Level>(std::make_unique<Component>());
                                  }};
  return spec;
}

/// Runs source -> middle -> sink with virtual time.
class Latency : public testing::Test {
 protected:
  void run(const ComponentSpec& source, const std::map<std::string, std::int64_t>& options,
           const ComponentSpec& middle, unsigned one_in) {
    const std::size_t from = build_.add("source", source, options);
    const std::size_t to = build_.add("middle", middle);
    build_.graph.name = "latency";
    build_.connect(from, to, 64);
    build_.connect(to, build_.add("sink", simulation::sink()), 64);
    network_ = std::make_unique<Network>(build_.graph, executor_);
    network_->sample_latency(one_in);
    network_->start();
    ASSERT_TRUE(executor_.run(10'000'000));
    ASSERT_TRUE(network_->finished());
  }
  LatencyLog& log() { return network_->latency(); }

  simulation::Builder build_;
  scheduler::VirtualExecutor executor_{1};
  std::unique_ptr<Network> network_;
};

TEST_F(Latency, IsNotMeasuredUnlessAsked) {
  run(simulation::source(), {}, simulation::pass(), 0);
  EXPECT_EQ(log().count(), 0U);
}

TEST_F(Latency, IsTheTimeFromSourceToSink) {
  run(simulation::source(), {{"count", 1}}, simulation::waiting(), 1);
  EXPECT_EQ(log().count(), 1U);
  EXPECT_NEAR(ratio(*log().percentile(0.5), microseconds(20)), 1, 0.008);
}

TEST_F(Latency, CountsTheWaitInAQueue) {
  run(simulation::source(), {{"count", 50}, {"per_step", 50}}, simulation::waiting(), 1);
  EXPECT_EQ(log().count(), 50U);
  EXPECT_NEAR(ratio(*log().percentile(1), microseconds(50 * 20)), 1, 0.008);
}

TEST_F(Latency, IsSampled) {
  run(simulation::source(), {{"count", 1000}}, simulation::pass(), 100);
  EXPECT_EQ(log().count(), 10U);
}

TEST_F(Latency, CountsCopies) {
  run(simulation::source(), {{"count", 100}}, simulation::doubler(), 10);
  EXPECT_EQ(log().count(), 20U);
}

TEST_F(Latency, IsInheritedByPacketsThatATransformMakes) {
  run(simulation::source(), {{"count", 100}}, spec_of<Renewer, Transform>(), 10);
  EXPECT_EQ(log().count(), 20U) << "the packets taken in, and those made of them";
}

TEST_F(Latency, IsInheritedByPacketsThatAProcessMakes) {
  run(simulation::source(), {{"count", 100}}, spec_of<SteppingRenewer, Process>(), 10);
  EXPECT_EQ(log().count(), 20U);
}

TEST_F(Latency, CountsFromWhenAPacketWasDue) {
  run(spec_of<Scheduled, Process>(), {}, simulation::pass(), 1);
  EXPECT_EQ(log().count(), 10U);
  EXPECT_EQ(log().percentile(0), Duration(0));
  EXPECT_NEAR(ratio(*log().percentile(1), milliseconds(9)), 1, 0.008);
}

TEST_F(Latency, OfPacketsThatWereDueIsSampledToo) {
  run(spec_of<Scheduled, Process>(), {}, simulation::pass(), 5);
  EXPECT_EQ(log().count(), 2U);
}

TEST(LatencyOnThreads, MayBeSwitchedAndReadWhileTheNetworkRuns) {
  simulation::Builder build;
  build.graph.name = "switched";
  const std::size_t from = build.add("source", simulation::source(), {{"count", 100'000}});
  const std::size_t doubler = build.add("doubler", simulation::doubler());
  const std::size_t renewer = build.add("renewer", spec_of<SteppingRenewer, Process>());
  build.connect(from, doubler, 64);
  build.connect(doubler, renewer, 64);
  build.connect(renewer, build.add("sink", simulation::sink()), 64);
  const auto executor = scheduler::make_pool({.workers = 3});
  Network network(build.graph, *executor);
  std::promise<void> ended;
  network.on_finished([&] { ended.set_value(); });
  network.start();
  auto over = ended.get_future();
  unsigned one_in = 0;
  while (over.wait_for(milliseconds(1)) != std::future_status::ready) {
    network.sample_latency(one_in++ % 4);
    const auto half = network.latency().percentile(0.5);
    EXPECT_GE(half.value_or(Duration(0)), Duration(0));
  }
  network.abandon();
  EXPECT_LE(network.latency().count(), 400'000U);
}

}  // namespace
}  // namespace weir::runtime
