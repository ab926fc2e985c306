#include <gmock/gmock.h>

#include "harness.hpp"

namespace weir::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;

TEST(Generate, CountsFromZero) {
  Harness generate("core/generate", map({{"count", "3"}}));
  generate.run();
  EXPECT_TRUE(generate.done());
  EXPECT_THAT(generate.texts(), ElementsAre("0", "1", "2"));
}

TEST(Generate, OfNothingEndsAtOnce) {
  Harness generate("core/generate", map({{"count", "0"}}));
  generate.run();
  EXPECT_TRUE(generate.done());
  EXPECT_TRUE(generate.texts().empty());
}

TEST(Generate, WithoutCountGoesOnAsFarAsThereIsRoom) {
  Harness generate("core/generate");
  generate.room_limit = 10;
  EXPECT_EQ(generate.step(), Step::yield);
  EXPECT_EQ(generate.take().size(), 10u);
  generate.room_limit = 0;
  EXPECT_EQ(generate.step(), Step::output_full);
  generate.room_limit = 1'000'000;
  EXPECT_EQ(generate.step(), Step::yield);
  EXPECT_LE(generate.take().size(), 256u);
  generate.stop_asked = true;
  EXPECT_EQ(generate.step(), Step::done);
}

TEST(Generate, FillsBytesUpToTheSize) {
  Harness generate("core/generate", map({{"count", "2"}, {"size", "5"}}));
  generate.run();
  EXPECT_THAT(generate.texts(), ElementsAre("0....", "1...."));
}

TEST(Generate, MakesDocuments) {
  Harness generate("core/generate", map({{"count", "2"},
                                         {"fields", map({{"id", quoted("{n}")},
                                                         {"name", quoted("a{n}-{n}")},
                                                         {"ok", "true"},
                                                         {"tags", list({"x", "1"})}})}}));
  generate.run();
  EXPECT_THAT(generate.texts(), ElementsAre(R"({"id":0,"name":"a0-0","ok":true,"tags":["x",1]})",
                                            R"({"id":1,"name":"a1-1","ok":true,"tags":["x",1]})"));
}

TEST(Generate, KeepsItsRate) {
  Harness generate("core/generate", map({{"rate", "100/s"}}));
  generate.run_for(milliseconds(95));
  EXPECT_EQ(generate.take().size(), 10u);
  generate.run_for(seconds(1));
  EXPECT_EQ(generate.take().size(), 100u);
}

TEST(Generate, CatchesUpAfterAStallByOneSecondAtMost) {
  Harness generate("core/generate", map({{"rate", "100/s"}}));
  generate.run();
  EXPECT_EQ(generate.take().size(), 1u);
  generate.clock += milliseconds(500);
  generate.run();
  EXPECT_EQ(generate.take().size(), 50u);
  generate.clock += seconds(60);
  generate.run();
  EXPECT_EQ(generate.take().size(), 100u);
  generate.run_for(seconds(1));
  EXPECT_EQ(generate.take().size(), 100u);
}

TEST(Generate, StampsPacketsWithTheTimeWhenTheyAreDue) {
  const auto stamps_of = [](std::vector<Packet> packets) {
    std::vector<std::uint64_t> stamps;
    for (Packet& packet : packets) {
      detail::PacketCell* cell = packet.release_to_runtime();
      stamps.push_back(cell->stamp);
      Packet::adopt(cell);
    }
    return stamps;
  };
  Harness generate("core/generate", map({{"rate", "1000/s"}}));
  generate.clock += milliseconds(5);
  generate.run();
  EXPECT_THAT(stamps_of(generate.take()), ElementsAre(0U)) << "unless nobody asks";
  generate.latency_sampled = true;
  generate.clock += milliseconds(3);
  generate.run();
  EXPECT_THAT(stamps_of(generate.take()), ElementsAre(6'000'000U, 7'000'000U, 8'000'000U))
      << "not the time of the step";
  Harness unhurried("core/generate", map({{"count", "2"}}));
  unhurried.latency_sampled = true;
  unhurried.run();
  EXPECT_THAT(stamps_of(unhurried.take()), ElementsAre(0U, 0U));
}

TEST(Generate, RefusesBytesAndDocumentsTogether) {
  EXPECT_EQ(
      problems_of("core/generate", map({{"size", "1"}, {"fields", map({{"a", "1"}})}})).size(), 1u);
}

TEST(Work, WaitsForEachPacketInTurn) {
  Harness work("core/work", map({{"wait", "2ms"}}));
  for (int i = 0; i < 3; ++i) work.send(Packet::integer(i));
  work.end_input();
  work.run_for(milliseconds(3));
  EXPECT_THAT(work.texts(), ElementsAre("0"));
  work.run_for(milliseconds(3));
  EXPECT_THAT(work.texts(), ElementsAre("1", "2"));
  EXPECT_TRUE(work.done());
}

TEST(Work, SpinsOnTheClock) {
  Harness work("core/work", map({{"spin", "20us"}}));
  work.clock_step = std::chrono::microseconds(1);
  work.send(Packet::integer(7));
  work.end_input();
  work.run();
  EXPECT_THAT(work.texts(), ElementsAre("7"));
  EXPECT_GE(work.clock - Time(), std::chrono::microseconds(20));
}

TEST(Work, LetsTimePassWhereTheClockStandsStill) {
  Harness work("core/work", map({{"spin", "20us"}}));
  const Time before = work.clock;
  work.send(Packet::integer(7));
  work.end_input();
  work.run();
  EXPECT_EQ(work.clock - before, std::chrono::microseconds(20));
  EXPECT_THAT(work.texts(), ElementsAre("7"));
}

TEST(Work, FailsAShareEvenly) {
  Harness work("core/work", map({{"fail", "0.25"}}));
  for (int i = 0; i < 8; ++i) work.send(Packet::integer(i));
  work.end_input();
  work.run();
  EXPECT_THAT(work.texts(), ElementsAre("0", "1", "2", "4", "5", "6"));
  ASSERT_EQ(work.failed().size(), 2u);
  EXPECT_EQ(work.failed()[0].kind, "injected");
  EXPECT_EQ(work.failed()[0].packet.as_integer(), 3);
}

}  // namespace
}  // namespace weir::testing
