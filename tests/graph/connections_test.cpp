#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parts.hpp"

namespace weir::graph::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* file_processes =
    "read: {component: file/read, config: {path: a}}, parse: {component: json/parse},"
    " write: {component: file/write, config: {path: b}},"
    " reject: {component: file/write, config: {path: c}}";

/// Problems of read, parse, write and reject, connected as in line 3, from column 15.
std::vector<std::string> problems_with(const std::string& connections) {
  return problems_of(graph_of(file_processes, connections));
}

std::vector<std::string> names_of(const std::string& text) {
  const Loaded loaded = load_text(text);
  for (const Problem& problem : loaded.problems.list()) ADD_FAILURE() << format(problem, "g");
  std::vector<std::string> names;
  if (loaded.graph) {
    for (const ConnectionModel& connection : loaded.graph->connections) {
      names.push_back(connection.name);
    }
  }
  return names;
}

TEST(Connections, AChainConnectsOutToIn) {
  EXPECT_THAT(
      names_of(graph_of(file_processes, "read -> parse -> write, parse.error -> reject.in")),
      ElementsAre("read.out -> parse.in", "parse.out -> write.in", "parse.error -> reject.in"));
}

TEST(Connections, BlanksAroundArrowsDoNotMatter) {
  EXPECT_THAT(
      names_of(graph_of(file_processes, "read->parse  ->  write, parse.error->reject")),
      ElementsAre("read.out -> parse.in", "parse.out -> write.in", "parse.error -> reject.in"));
}

TEST(Connections, AChainMayGoOverSeveralLines) {
  EXPECT_THAT(
      names_of(std::string("name: g\nprocesses: {") + file_processes +
               "}\nconnections:\n  - >\n    read\n    -> parse\n    -> write\n"
               "  - parse.error -> reject\n"),
      ElementsAre("read.out -> parse.in", "parse.out -> write.in", "parse.error -> reject.in"));
}

TEST(Connections, TheLongFormHasSettings) {
  const Loaded loaded = load_text(
      graph_of(file_processes,
               "{from: read.out, to: parse.in, capacity: 512},"
               " {from: parse, to: write, capacity: {min: 16, max: 8192}, overflow: {limit: 4096, "
               "then: block}}, {from: parse.error, to: reject, capacity: auto}"));
  ASSERT_TRUE(loaded.graph) << format(loaded.problems.list().front(), "g");
  const std::vector<ConnectionModel>& connections = loaded.graph->connections;
  EXPECT_EQ(connections[0].capacity.fixed, 512U);
  EXPECT_EQ(connections[1].capacity.min, 16U);
  EXPECT_EQ(connections[1].capacity.max, 8192U);
  EXPECT_FALSE(connections[1].capacity.fixed);
  EXPECT_EQ(connections[1].overflow.limit, 4096U);
  EXPECT_FALSE(connections[2].capacity.fixed);
  EXPECT_EQ(connections[2].from.port, 1U);
  EXPECT_EQ(output_port_name(*loaded.graph, connections[2].from), "error");
  EXPECT_EQ(input_port_name(*loaded.graph, connections[2].to), "in");
}

TEST(Connections, AMisspeltProcessIsReportedOnceAndWhereItStands) {
  EXPECT_THAT(problems_with("read -> prase -> write, parse.error -> reject"),
              ElementsAre("g:3:23: error: unknown process \"prase\"; did you mean \"parse\"?"));
}

TEST(Connections, AMisspeltPortIsReportedOnceAndWhereItStands) {
  EXPECT_THAT(
      problems_with("read -> parse -> write, parse.eror -> reject"),
      ElementsAre("g:3:45: error: parse (json/parse) has no out port \"eror\"; did you mean "
                  "\"error\"?"));
  EXPECT_THAT(
      problems_with("read -> parse.i, parse -> write, parse.error -> reject"),
      ElementsAre("g:3:29: error: parse (json/parse) has no in port \"i\"; did you mean \"in\"?"));
}

TEST(Connections, PortsAreUsedTheRightWayRound) {
  EXPECT_THAT(
      problems_with("read -> parse -> write, parse.in -> reject, read -> parse.out"),
      ElementsAre("g:3:45: error: parse.in is an in port: a connection starts at an out port",
                  "g:3:73: error: parse.out is an out port: a connection ends at an in port"));
}

TEST(Connections, SourcesTakeNothingAndSinksSendNothing) {
  EXPECT_THAT(
      problems_with("read -> parse -> write -> reject, parse.error -> read"),
      ElementsAre("g:3:32: error: write (file/write) sends no packets: only its error port can "
                  "be connected",
                  "g:3:64: error: read (file/read) is a source: it takes no packets, so no "
                  "connection can end at it"));
}

TEST(Connections, OnlyTheEndsOfAChainNameAPort) {
  EXPECT_THAT(
      problems_with("read -> parse.out -> write, parse.error -> reject"),
      ElementsAre("g:3:28: error: only the first and the last process of a chain may name a "
                  "port: end the chain at \"parse\", and start another one there"));
}

TEST(Connections, WhatIsNoConnectionIsExplained) {
  EXPECT_THAT(
      problems_with("read"),
      ElementsAre("g:3:15: error: \"read\" is not a connection: write it as \"from -> to\""));
  EXPECT_THAT(
      problems_with("5, [a]"),
      ElementsAre("g:3:15: error: a connection is a chain such as \"read -> parse\", or a map "
                  "with from and to, not the number 5",
                  "g:3:18: error: a connection is a chain such as \"read -> parse\", or a map "
                  "with from and to, not a list"));
  EXPECT_THAT(problems_with("read ->"),
              ElementsAre("g:3:22: error: a process is missing beside \"->\""));
  EXPECT_THAT(
      problems_with("read -> my parse"),
      ElementsAre("g:3:23: error: \"my parse\" is not a port: write process or process.port, "
                  "such as read or read.in"));
  EXPECT_THAT(problems_with("{from: read}"),
              ElementsAre("g:3:15: error: a connection has no \"to\""));
  EXPECT_THAT(
      problems_with("{from: read -> parse, to: write}"),
      ElementsAre("g:3:22: error: from must be one port such as read.out, not the text \"read "
                  "-> parse\""));
  EXPECT_THAT(
      problems_of("name: g\nprocesses: {a: {component: core/number}}\nconnections: a -> b\n"),
      ElementsAre("g:3:14: error: connections must be a list, each item on a line that starts "
                  "with \"- \", not the text \"a -> b\""));
}

TEST(Connections, TheSameConnectionTwiceIsAnError) {
  EXPECT_THAT(
      problems_with("read -> parse -> write, parse.error -> reject, parse.out -> write.in"),
      ElementsAre("g:3:62: error: the connection parse.out -> write.in is given twice, first "
                  "at line 3"));
}

TEST(Connections, RequiredPortsMustBeConnected) {
  EXPECT_THAT(
      problems_with("read -> parse, parse.error -> reject"),
      ElementsAre("g:2:62: error: parse.out is not connected, and json/parse needs it: add a "
                  "connection \"parse.out -> ...\"",
                  "g:2:94: error: write.in is not connected, and file/write needs it: add a "
                  "connection \"... -> write.in\""));
}

TEST(Connections, PayloadTypesMustFit) {
  EXPECT_THAT(problems_of(graph_of("n: {component: core/number}, f: {component: core/filter},"
                                   " w: {component: core/options}",
                                   "n -> f -> w")),
              ElementsAre("g:3:20: error: n.out sends numbers, but f.in takes documents"));
  EXPECT_THAT(problems_of(graph_of("r: {component: file/read, config: {path: a}},"
                                   " p: {component: core/pass}, f: {component: core/filter},"
                                   " w: {component: core/options}",
                                   "r -> p -> f -> w, r.error -> f")),
              IsEmpty());
}

TEST(Connections, CapacitiesHaveBounds) {
  const auto with = [](const std::string& capacity) {
    return problems_of(graph_of("n: {component: core/number}, b: {component: core/batch}",
                                "{from: n, to: b, capacity: " + capacity + "}"));
  };
  const std::string wrong =
      "g:3:42: error: capacity must be a whole number from 1 to 1048576, not ";
  EXPECT_THAT(with("10"), IsEmpty());
  EXPECT_THAT(with("1048576"), IsEmpty());
  EXPECT_THAT(with("{max: 10}"), IsEmpty());
  EXPECT_THAT(with("0"), ElementsAre(wrong + "the number 0"));
  EXPECT_THAT(with("-1"), ElementsAre(wrong + "the number -1"));
  EXPECT_THAT(with("1.5"), ElementsAre(wrong + "the number 1.5"));
  EXPECT_THAT(with("1048577"), ElementsAre(wrong + "the number 1048577"));
  EXPECT_THAT(with("99999999999999999999"), ElementsAre(wrong + "the number 99999999999999999999"));
  EXPECT_THAT(with("true"), ElementsAre(wrong + "true"));
  EXPECT_THAT(with("\"512\""), ElementsAre(wrong + "the text \"512\"; remove the quotes"));
  EXPECT_THAT(with("[1]"), ElementsAre(wrong + "a list"));
  EXPECT_THAT(
      with("much"),
      ElementsAre("g:3:42: error: capacity must be auto, a whole number from 1 to 1048576, or "
                  "a map with min and max, not the text \"much\""));
  EXPECT_THAT(
      with("9"),
      ElementsAre("g:3:42: error: the capacity 9 is too small: b (core/batch) needs at least "
                  "10"));
  EXPECT_THAT(
      with("{max: 9}"),
      ElementsAre("g:3:42: error: the capacity 9 is too small: b (core/batch) needs at least "
                  "10"));
  EXPECT_THAT(with("{min: 20, max: 10}"),
              ElementsAre("g:3:42: error: capacity.min 20 is greater than capacity.max 10"));
  EXPECT_THAT(
      with("{mni: 20, max: 0}"),
      ElementsAre("g:3:43: error: unknown key \"mni\" in capacity; did you mean \"min\"?",
                  "g:3:57: error: capacity.max must be a whole number from 1 to 1048576, not "
                  "the number 0"));
}

/// A graph of one connection with these settings; they start in line 3 at column 32.
std::string one_connection(const std::string& settings, const std::string& to = "core/batch") {
  return graph_of("n: {component: core/number}, b: {component: " + to + "}",
                  "{from: n, to: b, " + settings + "}");
}

Overflow overflow_of(const std::string& value) {
  const Loaded loaded = load_text(one_connection("overflow: " + value));
  EXPECT_TRUE(loaded.graph) << value;
  return loaded.graph ? loaded.graph->connections[0].overflow : Overflow{};
}

TEST(Connections, OverflowHasALimitAndAPolicy) {
  EXPECT_EQ(overflow_of("{then: block}").then, Then::block);
  EXPECT_EQ(overflow_of("{then: drop_oldest}").then, Then::drop_oldest);
  EXPECT_EQ(overflow_of("{then: drop_newest}").then, Then::drop_newest);
  EXPECT_EQ(overflow_of("{then: fail}").then, Then::fail);
  EXPECT_EQ(overflow_of("{limit: 1}").then, Then::block);
  EXPECT_FALSE(overflow_of("{then: fail}").limit);
  EXPECT_EQ(overflow_of("{limit: 1000000000, then: fail}").limit, 1'000'000'000U);
  EXPECT_FALSE(overflow_of("{limit: 4096}").in_bytes);
  const Overflow bytes = overflow_of("{limit: 64KiB, then: drop_oldest}");
  EXPECT_EQ(bytes.limit, 65536U);
  EXPECT_TRUE(bytes.in_bytes);
  EXPECT_EQ(overflow_of("{limit: 1B}").limit, 1U);
  EXPECT_EQ(overflow_of("{limit: \"1.5MB\"}").limit, 1'500'000U);
}

TEST(Connections, OverflowIsChecked) {
  const auto with = [](const std::string& value) {
    return problems_of(one_connection("overflow: " + value));
  };
  const std::string wrong =
      "g:3:50: error: overflow.limit must be a whole number of packets from 1 to 1000000000, or "
      "bytes with a unit, such as 64KiB, up to 1024TiB, not ";
  EXPECT_THAT(with("{limit: 0}"), ElementsAre(wrong + "the number 0"));
  EXPECT_THAT(with("{limit: -1}"), ElementsAre(wrong + "the number -1"));
  EXPECT_THAT(with("{limit: 1.5}"), ElementsAre(wrong + "the number 1.5"));
  EXPECT_THAT(with("{limit: 1000000001}"), ElementsAre(wrong + "the number 1000000001"));
  EXPECT_THAT(with("{limit: 0KiB}"), ElementsAre(wrong + "the text \"0KiB\""));
  EXPECT_THAT(with("{limit: 4s}"), ElementsAre(wrong + "the text \"4s\""));
  EXPECT_THAT(with("{limit: 1025TiB}"), ElementsAre(wrong + "the text \"1025TiB\""));
  EXPECT_THAT(with("{limit: \"4096\"}"),
              ElementsAre(wrong + "the text \"4096\"; remove the quotes"));
  EXPECT_THAT(with("{limit: [1]}"), ElementsAre(wrong + "a list"));
  EXPECT_THAT(
      with("{then: blok}"),
      ElementsAre("g:3:49: error: overflow.then cannot be \"blok\"; did you mean \"block\"?"));
  EXPECT_THAT(with("{then: drop}"),
              ElementsAre("g:3:49: error: overflow.then cannot be \"drop\"; possible are block, "
                          "drop_oldest, drop_newest, fail"));
  EXPECT_THAT(
      with("block"),
      ElementsAre("g:3:42: error: overflow must be a map with the keys limit, then, not the "
                  "text \"block\""));
}

TEST(Connections, WhatNeedsEveryPacketIsNotDroppedInto) {
  const auto with = [](const std::string& then) {
    return problems_of(one_connection("overflow: {then: " + then + "}", "csv/table"));
  };
  EXPECT_THAT(with("block"), IsEmpty());
  EXPECT_THAT(with("fail"), IsEmpty());
  for (const std::string word : {"drop_oldest", "drop_newest"}) {
    EXPECT_THAT(with(word), ElementsAre("g:3:49: error: \"then: " + word +
                                        "\" would lose packets, and b.in (csv/table) needs every "
                                        "one: use block or fail"));
  }
}

TEST(Connections, WhatCannotBeHeldIsRefused) {
  constexpr std::uint64_t memory = 16U << 20;
  const auto with = [](const std::string& settings) {
    return problems_of(one_connection(settings), {}, {}, {.memory = memory});
  };
  EXPECT_THAT(with("capacity: 262144, overflow: {limit: 262144}"), IsEmpty());
  EXPECT_THAT(with("overflow: {limit: 16MiB, then: drop_newest}"), IsEmpty());
  EXPECT_THAT(problems_of(one_connection("overflow: {limit: 1000000000}")), IsEmpty())
      << "where the memory is not known, nothing is said";
  EXPECT_THAT(
      with("capacity: 262145"),
      ElementsAre("g:3:42: error: capacity 262145 cannot be held: so many packets take 16.0MiB at "
                  "the least, and weir may use 16MiB of memory; 262144 would fit"));
  EXPECT_THAT(
      with("capacity: {max: 1048576}"),
      ElementsAre("g:3:48: error: capacity.max 1048576 cannot be held: so many packets take 64MiB "
                  "at the least, and weir may use 16MiB of memory; 262144 would fit"));
  EXPECT_THAT(
      with("overflow: {limit: 1000000000}"),
      ElementsAre("g:3:50: error: overflow.limit 1000000000 cannot be held: so many packets take "
                  "59.6GiB at the least, and weir may use 16MiB of memory; 262144 would fit"));
  EXPECT_THAT(with("overflow: {limit: 1GiB}"),
              ElementsAre("g:3:50: error: overflow.limit 1GiB cannot be held: weir may use 16MiB "
                          "of memory; 16MiB would fit"));
  EXPECT_THAT(problems_of(one_connection("overflow: {limit: 1GiB}"), {}, {}, {.memory = 1000}),
              ElementsAre("g:3:50: error: overflow.limit 1GiB cannot be held: weir may use 1000B "
                          "of memory; 1000B would fit"));
}

TEST(Connections, ArrayPortsAreNumberedWithoutGaps) {
  const auto with = [](const std::string& connections) {
    return problems_of(
        graph_of("n: {component: core/number}, s: {component: core/split},"
                 " a: {component: core/options}, b: {component: core/options}",
                 connections));
  };
  EXPECT_THAT(with("n -> s, \"s.out[0] -> a\", \"s.out[1] -> b\""), IsEmpty());
  EXPECT_THAT(with("n -> s, \"s.out[0] -> a\", \"s.out[2] -> b\""),
              ElementsAre("g:3:41: error: s.out[2] is connected, but s.out[1] is not: number the "
                          "elements from 0 without a gap"));
  EXPECT_THAT(with("n -> s, \"s.out[1] -> a\", \"s.out[1] -> b\""),
              ElementsAre("g:3:24: error: s.out[1] is connected, but s.out[0] is not: number the "
                          "elements from 0 without a gap"));
  EXPECT_THAT(with("n -> s -> a, n -> b"),
              ElementsAre("g:3:20: error: s.out is an array port: write s.out[0], s.out[1] and so "
                          "on"));
  EXPECT_THAT(
      with("n -> s, \"s.out[1024] -> a\", \"s.out[99999999999999999999] -> b\""),
      ElementsAre("g:3:26: error: s.out[1024]: an array port has at most 1024 elements, "
                  "numbered from 0",
                  "g:3:46: error: s.out[18446744073709551615]: an array port has at most 1024 "
                  "elements, numbered from 0"));
  EXPECT_THAT(with("n -> s, \"s.out[0] -> a\", \"n.out[0] -> b\""),
              ElementsAre("g:3:43: error: n.out is not an array port: write it without [0]"));
  EXPECT_THAT(
      with("n -> s, \"s.out[-1] -> a\", \"s.out[0 -> b\""),
      ElementsAre("g:3:24: error: \"s.out[-1]\" is not a port: write process or process.port, "
                  "such as read or read.out",
                  "g:3:42: error: \"s.out[0\" is not a port: write process or process.port, "
                  "such as read or read.out"));
}

TEST(Connections, ACycleInWhichNothingCanStartIsNamed) {
  EXPECT_THAT(
      problems_of(graph_of("a: {component: core/pass}, b: {component: core/pass},"
                           " c: {component: core/options}",
                           "a -> b -> a, b -> c")),
      ElementsAre("g:3:15: error: nothing can ever start in the cycle a -> b -> a: each of its "
                  "processes waits for another of them"));
  EXPECT_THAT(problems_of(graph_of("a: {component: core/pass}", "a -> a")),
              ElementsAre("g:3:15: error: nothing can ever start in the cycle a -> a: each of its "
                          "processes waits for another of them"));
}

TEST(Connections, ACycleThatSomethingCanEnterIsLoaded) {
  const auto with = [](const std::string& a, const std::string& connections) {
    return problems_of(
        graph_of("n: {component: core/number}, w: {component: core/options}, "
                 "b: {component: core/pass}, " +
                     a,
                 "n -> w, " + connections));
  };
  EXPECT_THAT(with("a: {component: core/pass}", "n -> a -> b -> a"), IsEmpty());
  EXPECT_THAT(with("a: {component: core/pass, initial: {in: 1}}", "a -> b -> a"), IsEmpty());
  EXPECT_THAT(with("a: {component: core/number}", "a.out -> a.start, n -> b -> w"), IsEmpty())
      << "a goes on without what it would send itself";
  EXPECT_THAT(
      with("a: {component: core/pass}",
           "n -> a -> b, {from: b, to: a, capacity: 8, overflow: {limit: 8, then: drop_oldest}}"),
      IsEmpty());
}

TEST(Connections, EachCycleIsJudgedByItself) {
  EXPECT_THAT(
      problems_of(graph_of("n: {component: core/number}, a: {component: core/pass},"
                           " b: {component: core/pass}, c: {component: core/pass},"
                           " d: {component: core/pass}, w: {component: core/options}",
                           "n -> a -> b -> a, c -> d -> c, b -> w, d -> a")),
      ElementsAre("g:3:33: error: nothing can ever start in the cycle c -> d -> c: each of its "
                  "processes waits for another of them"));
}

TEST(Connections, EachCycleIsReportedOnceByItsShortestWay) {
  EXPECT_THAT(
      problems_of(graph_of("a: {component: core/pass}, b: {component: core/pass},"
                           " c: {component: core/pass}, d: {component: core/pass}",
                           "a -> b -> c -> a, b -> a, d -> d")),
      ElementsAre("g:3:15: error: nothing can ever start in the cycle a -> b -> a: each of its "
                  "processes waits for another of them",
                  "g:3:41: error: nothing can ever start in the cycle d -> d: each of its "
                  "processes waits for another of them"));
}

TEST(Connections, AVeryLongChainIsNoCycleAndNoStrain) {
  std::string processes = "n: {component: core/number}";
  std::string chain = "n";
  for (int i = 0; i < 20'000; ++i) {
    processes += ", p" + std::to_string(i) + ": {component: core/pass}";
    chain += " -> p" + std::to_string(i);
  }
  processes += ", w: {component: core/options}";
  EXPECT_THAT(problems_of(graph_of(processes, chain + " -> w")), IsEmpty());
}

TEST(Connections, AParserWithoutAnErrorConnectionIsWarnedOf) {
  const auto with = [](const std::string& keys, const std::string& connections) {
    return problems_of(
        graph_of("read: {component: file/read, config: {path: a}},      parse: "
                 "{component: json/parse" +
                     keys + "}, w: {component: core/options}",
                 connections));
  };
  EXPECT_THAT(with("", "read -> parse -> w"),
              ElementsAre("g:2:67: warning: packets that parse (json/parse) cannot handle will be "
                          "dropped: connect parse.error, or set on_error to drop or stop"));
  EXPECT_THAT(with("", "read -> parse -> w, parse.error -> w"), IsEmpty());
  EXPECT_THAT(with(", on_error: drop", "read -> parse -> w"), IsEmpty());
  EXPECT_THAT(with(", on_error: route", "read -> parse -> w"),
              ElementsAre("g:2:67: warning: \"on_error: route\" has nowhere to send to: connect "
                          "parse.error"));
  EXPECT_THAT(with(", on_error: stop", "read -> parse -> w, parse.error -> w"),
              ElementsAre("g:2:67: warning: parse.error is connected, but with \"on_error: stop\" "
                          "nothing is sent there"));
}

TEST(Connections, AllMistakesOfAFileAreReportedInItsOrder) {
  EXPECT_THAT(
      problems_of("name: g\n"
                  "procesess: {}\n"
                  "processes:\n"
                  "  read: {component: file/raed, config: {path: a}}\n"
                  "  parse: {component: json/parse, on_eror: drop}\n"
                  "  write: {component: file/write}\n"
                  "  write: {component: file/write}\n"
                  "connections:\n"
                  "  - read -> parse\n"
                  "  - parse -> wriet\n"
                  "  - {from: parse.error, to: write, capacity: 0}\n"),
      ElementsAre("g:2:1: error: unknown key \"procesess\" in a graph file; did you mean "
                  "\"processes\"?",
                  "g:4:21: error: unknown component \"file/raed\"; did you mean \"file/read\"?",
                  "g:5:34: error: unknown key \"on_eror\" in a process; did you mean "
                  "\"on_error\"?",
                  "g:6:3: error: file/write needs the option \"path\": The file to write.",
                  "g:7:3: error: duplicate key \"write\": it is already given at line 6",
                  "g:10:14: error: unknown process \"wriet\"; did you mean \"write\"?",
                  "g:11:46: error: capacity must be a whole number from 1 to 1048576, not the "
                  "number 0"));
}

}  // namespace
}  // namespace weir::graph::testing
