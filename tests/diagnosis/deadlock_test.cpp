// Networks that come to a stop, and who waits for whom in them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "diagnosis/watched.hpp"

namespace weir::diagnosis {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

TEST(Deadlock, AJoinWhoseOtherInputStaysEmpty) {
  Watched network(R"(
name: g
processes:
  source: {component: core/generate}
  copy: {component: core/clone}
  few: {component: core/sample, config: {every: 100000000}}
  join: {component: test/join}
  sink: {component: core/discard}
connections:
  - source -> copy
  - copy.out[0] -> join.in[0]
  - copy.out[1] -> few -> join.in[1]
  - join -> sink
)");
  network.run(3);
  const Report report = network.report();
  ASSERT_EQ(root_of(report), "deadlock");
  EXPECT_THAT(report.limit->cycle, UnorderedElementsAre("copy", "join", "few"));
  EXPECT_THAT(report.limit->explanation,
              HasSubstr("copy cannot send into copy.out[0] -> join.in[0], which is full"));
  EXPECT_THAT(report.limit->explanation, HasSubstr("join waits for a packet from few.out"));
}

TEST(Deadlock, AComponentThatWantsMoreThanItsConnectionHolds) {
  Watched network(R"(
name: g
processes:
  source: {component: core/generate}
  lots: {component: test/lots, config: {size: 5000}}
  sink: {component: core/discard}
connections:
  - {from: source, to: lots, capacity: 64}
  - lots -> sink
)");
  network.run(3);
  const Report report = network.report();
  ASSERT_EQ(root_of(report), "deadlock");
  EXPECT_THAT(report.limit->cycle, UnorderedElementsAre("source", "lots"));
  EXPECT_THAT(report.limit->explanation, HasSubstr("lots waits for more than the"));
}

TEST(Deadlock, OneWhoTakesLongIsNone) {
  Watched network(R"(
name: g
processes:
  source: {component: core/generate}
  slow: {component: core/work, concurrency: 1, config: {wait: 10m}}
  sink: {component: core/discard}
connections: [source -> slow -> sink]
)");
  network.run(4);
  EXPECT_EQ(root_of(network.report()), "waiting of slow");
}

TEST(Deadlock, IsKnownAsLongAsItLasts) {
  Watched network(R"(
name: g
processes:
  source: {component: core/generate, config: {count: 100000}}
  lots: {component: test/lots, config: {size: 5000}}
  sink: {component: core/discard}
connections:
  - {from: source, to: lots, capacity: 64}
  - lots -> sink
)");
  EXPECT_FALSE(network.reporter().deadlock().has_value());
  network.run(4);
  ASSERT_EQ(network.report().limit->kind, Kind::deadlock);
  const std::optional<Limit> found = network.reporter().deadlock();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->cycle, network.report().limit->cycle);
  ASSERT_TRUE(network.network().set_capacity("source.out -> lots.in", 10000));
  network.run(1);
  EXPECT_FALSE(network.reporter().deadlock().has_value());
}

TEST(Deadlock, AnEmptyCycleIsNone) {
  Watched network(R"(
name: g
processes:
  source: {component: core/generate, config: {count: 5}}
  wait: {component: core/generate, config: {rate: 1/h}}
  work: {component: core/pass}
  split: {component: core/split}
  sink: {component: core/discard}
connections:
  - source -> work -> split
  - wait -> work
  - split.out[0] -> sink
  - split.out[1] -> work
)");
  network.run(4);
  EXPECT_EQ(root_of(network.report()), "idle");
}

}  // namespace
}  // namespace weir::diagnosis
