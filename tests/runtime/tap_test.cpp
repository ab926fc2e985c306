#include "runtime/tap.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "packet/pool.hpp"
#include "runtime/network.hpp"
#include "runtime/tap_json.hpp"
#include "runtime/tap_listener.hpp"
#include "scheduler/pool.hpp"
#include "scheduler/virtual_executor.hpp"
#include "simulation/invariants.hpp"
#include "simulation/parts.hpp"

namespace weir::runtime {
namespace {

using nlohmann::json;
using simulation::Builder;
using testing::ElementsAre;
using testing::HasSubstr;

struct Shown {
  std::vector<json> packets;
  std::uint64_t skipped = 0;
  unsigned gone = 0;
};

/// All that the tap has to tell now.
Shown read_all(Tap& tap) {
  Shown shown;
  while (const std::optional<TapNews> news = tap.next()) {
    shown.skipped += news->skipped;
    if (news->packet == nullptr) {
      ++shown.gone;
    } else {
      shown.packets.push_back(json::parse('{' + *news->packet + '}').at("packet"));
    }
  }
  return shown;
}

/// source -> pass -> sink.
graph::Graph chain(std::int64_t count) {
  Builder build;
  build.graph.name = "chain";
  const std::size_t source = build.add("source", simulation::source(), {{"count", count}});
  const std::size_t pass = build.add("pass", simulation::pass());
  const std::size_t sink = build.add("sink", simulation::sink());
  build.connect(source, pass, 64);
  build.connect(pass, sink, 64);
  return build.graph;
}

std::string refusal(Network& network, const std::string& port) {
  try {
    static_cast<void>(network.tap({.port = port}));
  } catch (const UnknownPort& error) {
    return error.what();
  }
  return "";
}

TEST(Tap, ShowsWhatPassesOutPortsAndInPortsInOrder) {
  for (const char* port : {"source.out", "pass.in", "pass.out", "sink.in"}) {
    SCOPED_TRACE(port);
    scheduler::VirtualExecutor executor(1);
    Network network(chain(50), executor);
    const auto tap = network.tap({.port = port});
    network.start();
    executor.run(UINT64_MAX);
    const Shown shown = read_all(*tap);
    ASSERT_EQ(shown.packets.size(), 50U);
    for (int i = 0; i < 50; ++i) EXPECT_EQ(shown.packets[static_cast<std::size_t>(i)], i);
    EXPECT_EQ(shown.skipped, 0U);
  }
}

TEST(Tap, OfAnInPortShowsAllItsConnections) {
  Builder build;
  build.graph.name = "merged";
  const std::size_t sink = build.add("sink", simulation::sink());
  for (const std::int64_t base : {0, 1000}) {
    build.connect(build.add("source" + std::to_string(base), simulation::source(),
                            {{"count", 20}, {"base", base}}),
                  sink, 64);
  }
  scheduler::VirtualExecutor executor(1);
  Network network(build.graph, executor);
  const auto merged = network.tap({.port = "sink.in"});
  const auto one = network.tap({.port = "source1000.out"});
  network.start();
  executor.run(UINT64_MAX);
  EXPECT_EQ(read_all(*merged).packets.size(), 40U);
  EXPECT_THAT(read_all(*one).packets, testing::SizeIs(20));
}

TEST(Tap, ShowsOneInSoManyOfThoseThatFulfilTheConditions) {
  scheduler::VirtualExecutor executor(1);
  Network network(chain(100), executor);
  const auto every = network.tap({.port = "pass.out", .every = 30});
  const auto where = network.tap(
      {.port = "pass.out", .every = 2, .where = {TapFilter(">=90"), TapFilter("!=95")}});
  network.start();
  executor.run(UINT64_MAX);
  const Shown thirty = read_all(*every);
  EXPECT_THAT(thirty.packets, ElementsAre(0, 30, 60, 90));
  EXPECT_EQ(thirty.skipped, 3U * 29);
  const Shown filtered = read_all(*where);
  EXPECT_THAT(filtered.packets, ElementsAre(90, 92, 94, 97, 99));
  EXPECT_EQ(filtered.skipped, 95U);
}

TEST(Tap, IsBoundedInPacketsASecond) {
  scheduler::VirtualExecutor executor(1);
  Network network(chain(100'000), executor);
  const auto tap = network.tap({.port = "source.out"});
  const auto never = network.tap({.port = "source.out", .where = {TapFilter("=-1")}});
  network.start();
  executor.run(UINT64_MAX);
  // Virtual time stands still, so that there is one second's worth.
  EXPECT_EQ(read_all(*tap).packets.size(), 100U);
  EXPECT_EQ(read_all(*never).packets.size(), 0U);
}

TEST(Tap, KeepsTheNewestForASlowReaderAndCountsTheRest) {
  TapListener listener({.port = "a.out"}, 0);
  Time now{std::chrono::seconds(1)};
  std::int64_t number = 0;
  for (int second = 0; second < 10; ++second) {
    std::vector<Packet> packets;
    for (int i = 0; i < 200; ++i) packets.push_back(Packet::integer(number++));
    BatchView batch(packets);
    listener.look(batch, static_cast<std::uint64_t>(number) - 200, now, 1);
    now += std::chrono::seconds(1);
  }
  std::uint64_t shown = 0;
  std::uint64_t skipped = 0;
  std::string last;
  while (const auto news = listener.next()) {
    ++shown;
    skipped += news->skipped;
    last = *news->packet;
  }
  EXPECT_EQ(shown, 256U);
  EXPECT_THAT(last, HasSubstr("\"packet\":1899,")) << "100 of the last 200 that passed";
  EXPECT_EQ(shown + skipped, 1900U) << "every packet up to the last one shown is in one of them";
}

TEST(Tap, ManyTapsShareWhatTheNetworkGives) {
  TapListener listener({.port = "a.out"}, 0);
  std::vector<Packet> packets;
  for (int i = 0; i < 200; ++i) packets.push_back(Packet::integer(i));
  BatchView batch(packets);
  EXPECT_FALSE(listener.look(batch, 0, Time(std::chrono::seconds(1)), 100)) << "no more now";
  unsigned shown = 0;
  while (listener.next()) ++shown;
  EXPECT_EQ(shown, 20U);
}

TEST(Tap, WakesAReaderThatFoundNothing) {
  TapListener listener({.port = "a.out"}, 0);
  int woken = 0;
  std::uint64_t passed = 0;
  listener.set_wake([&] { ++woken; });
  const std::vector<Packet> packets = [] {
    std::vector<Packet> made;
    made.push_back(Packet::integer(1));
    return made;
  }();
  const auto look = [&] {
    BatchView batch(packets);
    EXPECT_TRUE(listener.look(batch, passed++, Time(std::chrono::seconds(1)), 1));
  };
  look();
  EXPECT_EQ(woken, 0) << "nobody waits yet";
  EXPECT_TRUE(listener.next());
  EXPECT_FALSE(listener.next());
  look();
  look();
  EXPECT_EQ(woken, 1);
  EXPECT_TRUE(listener.next());
}

TEST(Tap, ShowsAnInitialPacketOfAPortThatNothingIsConnectedTo) {
  Builder build;
  build.graph.name = "alone";
  const std::size_t sink = build.add("sink", simulation::sink());
  build.graph.processes[sink].initial.push_back({0, 0, Setting::plain("7")});
  scheduler::VirtualExecutor executor(1);
  Network network(build.graph, executor);
  const auto tap = network.tap({.port = "sink.in"});
  network.start();
  executor.run(UINT64_MAX);
  EXPECT_EQ(read_all(*tap).packets.size(), 1u);
}

TEST(Tap, ForAnUnknownPortSaysWhichWasMeant) {
  scheduler::VirtualExecutor executor(1);
  Network network(chain(1), executor);
  EXPECT_THAT(refusal(network, "soruce.out"), HasSubstr("did you mean \"source.out\"?"));
  EXPECT_THAT(refusal(network, "source"), HasSubstr("there is no port \"source\""));
  EXPECT_THAT(refusal(network, "pass.nothing"), HasSubstr("there is no port"));
  EXPECT_THAT(refusal(network, ""), HasSubstr("there is no port"));
  EXPECT_THAT(refusal(network, "pass.error"), HasSubstr("nothing is connected to pass.error"));
  EXPECT_EQ(refusal(network, "sink.in"), "");
}

TEST(Tap, StaysOnTheNameWhenTheGraphChanges) {
  Builder without;
  without.graph.name = "without";
  without.connect(without.add("source", simulation::source(), {{"count", 1'000'000'000}}),
                  without.add("sink", simulation::sink()), 64);
  const graph::Graph with = chain(1'000'000'000);

  const std::uint64_t alive_before = pool::live_packets();
  const auto executor = scheduler::make_pool({.workers = 2});
  Network network(with, *executor);
  const auto in_the_middle = network.tap({.port = "pass.out"});
  const auto at_the_end = network.tap({.port = "sink.in"});
  network.start();
  const auto see = [&](Tap& tap) {
    Shown shown;
    executor->settle([&] {
      shown = read_all(tap);
      return !shown.packets.empty() || shown.gone != 0;
    });
    return shown;
  };
  EXPECT_EQ(see(*in_the_middle).gone, 0U);
  network.apply(without.graph);
  Shown gone = read_all(*in_the_middle);
  EXPECT_EQ(gone.gone, 1U);
  static_cast<void>(read_all(*at_the_end));
  EXPECT_EQ(see(*at_the_end).gone, 0U);
  EXPECT_TRUE(read_all(*in_the_middle).packets.empty());
  network.apply(with);
  EXPECT_FALSE(see(*in_the_middle).packets.empty());
  network.drain();
  executor->settle([&] { return network.finished(); });
  network.abandon();
  EXPECT_EQ(simulation::broken_identity(network.snapshot(), alive_before), "");
}

TEST(Tap, AHundredComeAndGoWhileTheNetworkRunsAndChanges) {
  const graph::Graph one = chain(1'000'000'000);
  graph::Graph other = one;
  other.processes[1].name = "other";
  other.connections[0].name = "source.out -> other.in";
  other.connections[1].name = "other.out -> sink.in";
  const std::uint64_t alive_before = pool::live_packets();
  const auto executor = scheduler::make_pool({.workers = 2});
  Network network(one, *executor);
  network.start();
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> seen{0};
  std::thread listener([&] {
    const std::vector<std::string> ports{"source.out", "sink.in", "pass.in", "pass.out"};
    std::vector<std::unique_ptr<Tap>> taps;
    std::atomic<std::uint64_t> woken{0};
    for (std::size_t round = 0; !done; ++round) {
      if (taps.size() == 100) taps.erase(taps.begin(), taps.begin() + 50);
      try {
        taps.push_back(network.tap({.port = ports[round % ports.size()],
                                    .where = {TapFilter(round % 2 == 0 ? ">=0" : "<0")}}));
        taps.back()->on_news([&] { ++woken; });
      } catch (const UnknownPort&) {
      }
      for (const auto& tap : taps) seen += read_all(*tap).packets.size();
    }
  });
  for (int i = 0; i < 10; ++i) {
    network.apply(i % 2 == 0 ? other : one);
    network.set_concurrency(i % 2 == 0 ? "other" : "pass", 1);
  }
  executor->settle([&] { return seen.load() > 1000; });
  done = true;
  listener.join();
  network.drain();
  executor->settle([&] { return network.finished(); });
  network.abandon();
  EXPECT_EQ(simulation::broken_identity(network.snapshot(), alive_before), "");
}

json shown(const Packet& packet, std::size_t most = 16 * 1024) {
  return json::parse('{' + packet_members(packet, most) + '}');
}

TEST(TapJson, ShowsEveryKindOfPayload) {
  EXPECT_EQ(shown(Packet::integer(-5)).dump(), R"({"attributes":{},"packet":-5})");
  EXPECT_EQ(shown(Packet::real(0.5)).at("packet"), 0.5);
  EXPECT_EQ(shown(Packet::nothing()).at("packet"), nullptr);
  EXPECT_EQ(shown(Packet::copy_bytes("a \"b\" \xc3\xa4")).at("packet"), "a \"b\" \xc3\xa4");
  const json binary = shown(Packet::copy_bytes("\xff\xfe"));
  EXPECT_EQ(binary.at("packet_base64"), "//4=");
  EXPECT_FALSE(binary.contains("packet"));
  Packet document = Packet::document();
  Document& body = document.edit_document();
  body.set("status", Value::integer(500));
  body.set("service", body.copy_text("api"));
  EXPECT_EQ(shown(document).at("packet"), json::parse(R"({"status":500,"service":"api"})"));
  const json object = shown(Packet::object(std::string("x")));
  EXPECT_EQ(object.at("packet"), nullptr);
  EXPECT_TRUE(object.contains("type"));
}

TEST(TapJson, ShowsAttributesAndBrackets) {
  Packet packet = Packet::integer(1);
  packet.set_attribute("path", "a.log");
  packet.set_bracket(Bracket::open);
  EXPECT_EQ(shown(packet),
            json::parse(R"({"packet":1,"attributes":{"path":"a.log"},"bracket":"open"})"));
}

TEST(TapJson, CutsOffWhatIsLarge) {
  const json text = shown(Packet::copy_bytes(std::string(100'000, 'x')), 100);
  EXPECT_EQ(text.at("truncated"), true);
  EXPECT_LE(text.at("packet").get<std::string>().size(), 100U);
  // Not inside a character, which would make it look like bytes.
  for (const std::size_t most : {20U, 21U, 22U, 23U}) {
    std::string many;
    for (int i = 0; i < 50; ++i) many += "\xe2\x82\xac";
    const json cut = shown(Packet::copy_bytes(many), most);
    EXPECT_TRUE(cut.contains("packet")) << most;
    EXPECT_EQ(cut.at("truncated"), true);
  }
  const json binary = shown(Packet::copy_bytes(std::string(100'000, '\xff')), 100);
  EXPECT_EQ(binary.at("truncated"), true);
  EXPECT_LE(binary.at("packet_base64").get<std::string>().size(), 200U);
  Packet document = Packet::document();
  Document& body = document.edit_document();
  for (int i = 0; i < 1000; ++i) {
    body.set("field" + std::to_string(i), body.copy_text(std::string(100, 'y')));
  }
  document.set_attribute("path", "a.log");
  const json cut = shown(document, 1000);
  EXPECT_EQ(cut.at("truncated"), true);
  EXPECT_LT(cut.at("packet").size(), 20U);
  EXPECT_EQ(cut.at("attributes").at("path"), "a.log");
  EXPECT_FALSE(shown(document, 1'000'000).contains("truncated"));
}

}  // namespace
}  // namespace weir::runtime
