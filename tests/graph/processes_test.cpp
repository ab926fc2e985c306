#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parts.hpp"

namespace weir::graph::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Problems of a graph that feeds one process, written in flow style in line 2 from column 43.
std::vector<std::string> problems_with(const std::string& process) {
  return problems_of(graph_of("numbers: {component: core/number}, p: " + process, "numbers -> p"));
}

TEST(Processes, NameAndProcessesAreNeeded) {
  EXPECT_THAT(problems_of("connections: []\n"),
              ElementsAre("g:1:1: error: a graph file has no \"name\"",
                          "g:1:1: error: a graph file has no \"processes\""));
  EXPECT_THAT(problems_of("name: g\nprocesses:\n"),
              ElementsAre("g:2:1: error: \"processes\" is empty"));
  EXPECT_THAT(problems_of("name: g\nprocesses: {}\n"),
              ElementsAre("g:2:12: error: there is no process in the graph"));
  EXPECT_THAT(problems_of("name: g\nprocesses: [a]\n"),
              ElementsAre("g:2:12: error: processes must be a map from names to processes, such as "
                          "\"read: {component: file/read}\", not a list"));
}

TEST(Processes, UnknownKeysAreReportedOnceWithASuggestion) {
  EXPECT_THAT(problems_of("name: g\nproceses: {a: {component: core/number}}\nconections: []\n"),
              ElementsAre("g:2:1: error: unknown key \"proceses\" in a graph file; did you mean "
                          "\"processes\"?",
                          "g:3:1: error: unknown key \"conections\" in a graph file; did you mean "
                          "\"connections\"?"));
  EXPECT_THAT(problems_with("{componnet: core/options}"),
              ElementsAre("g:2:52: error: unknown key \"componnet\" in a process; did you mean "
                          "\"component\"?"));
  EXPECT_THAT(
      problems_with("{component: core/options, zzz: 1}"),
      ElementsAre("g:2:77: error: unknown key \"zzz\" in a process; possible are component, "
                  "config, concurrency, order, rate, timeout, on_error, initial"));
}

TEST(Processes, NamesHaveAForm) {
  EXPECT_THAT(
      problems_of("name: a b\nprocesses: {1x: {component: core/number}}\n"),
      ElementsAre("g:1:7: error: name must be letters, digits, _ and -, and start with a "
                  "letter or _; it is the text \"a b\"",
                  "g:2:13: error: \"1x\" cannot be the name of a process: names are letters, "
                  "digits, _ and -, and start with a letter or _"));
}

TEST(Processes, UnknownComponentsAreReportedOnceWithASuggestion) {
  EXPECT_THAT(problems_with("{component: core/optoins}"),
              ElementsAre("g:2:63: error: unknown component \"core/optoins\"; did you mean "
                          "\"core/options\"?"));
  EXPECT_THAT(
      problems_with("{component: zzzzzzzz}"),
      ElementsAre("g:2:63: error: unknown component \"zzzzzzzz\"; \"weir components\" lists "
                  "them all"));
  EXPECT_THAT(
      problems_with("{component: 5}"),
      ElementsAre("g:2:63: error: component must be a name such as file/read, not the number "
                  "5"));
  EXPECT_THAT(problems_with("{component: }"), ElementsAre("g:2:52: error: \"component\" is empty"));
  EXPECT_THAT(problems_with("{config: {}}"),
              ElementsAre("g:2:51: error: process \"p\" has no \"component\""));
  EXPECT_THAT(
      problems_with("core/options"),
      ElementsAre("g:2:51: error: process \"p\" must be a map such as {component: area/name}, "
                  "not the text \"core/options\""));
}

TEST(Processes, OptionsAreCheckedAgainstTheComponent) {
  EXPECT_THAT(problems_with("{component: core/options, config: {shaer: 1, share: 2, mode: x}}"),
              ElementsAre("g:2:86: error: core/options has no option \"shaer\"; did you mean "
                          "\"share\"?",
                          "g:2:103: error: option \"share\" must be at most 1, not 2",
                          "g:2:112: error: option \"mode\" cannot be \"x\"; possible are append, "
                          "replace"));
  EXPECT_THAT(
      problems_with("{component: file/write}"),
      ElementsAre("g:2:48: error: file/write needs the option \"path\": The file to write."));
  EXPECT_THAT(problems_with("{component: core/options, config: [1]}"),
              ElementsAre("g:2:85: error: config must be a map of options, not a list"));
  EXPECT_THAT(problems_of(graph_of("n: {component: core/number, config: {count: 3}},"
                                   "w: {component: core/options}",
                                   "n -> w")),
              ElementsAre("g:2:57: error: count must be even here"));
}

TEST(Processes, WordsAreChecked) {
  EXPECT_THAT(problems_with("{component: core/options, on_error: dorp, order: 5}"),
              ElementsAre("g:2:87: error: on_error cannot be \"dorp\"; did you mean \"drop\"?",
                          "g:2:100: error: order cannot be \"5\"; possible are keep, any"));
  const Loaded loaded = load_text(graph_of(
      "n: {component: core/number, order: any, on_error: stop}, w: {component: core/options}",
      "n -> w"));
  ASSERT_TRUE(loaded.graph);
  EXPECT_EQ(loaded.graph->processes[0].order, Order::any);
  EXPECT_EQ(loaded.graph->processes[0].on_error, OnError::stop);
}

/// The concurrency of a core/pass with this value.
Concurrency concurrency_of(const std::string& value) {
  const Loaded loaded = load_text(
      graph_of("n: {component: core/number}, p: {component: core/pass, concurrency: " + value +
                   "}, w: {component: core/options}",
               "n -> p -> w"));
  EXPECT_TRUE(loaded.graph) << value;
  return loaded.graph ? loaded.graph->processes[1].concurrency : Concurrency{};
}

TEST(Processes, ConcurrencyIsANumberOrBounds) {
  for (const char* value : {"auto", "{}", ""}) {
    const Concurrency none = concurrency_of(value);
    EXPECT_FALSE(none.fixed || none.min || none.max) << value;
  }
  EXPECT_EQ(concurrency_of("4").fixed, 4U);
  EXPECT_EQ(concurrency_of("1024").fixed, 1024U);
  EXPECT_EQ(concurrency_of("{max: 8}").max, 8U);
  const Concurrency bounds = concurrency_of("{min: 2, max: 8}");
  EXPECT_FALSE(bounds.fixed);
  EXPECT_EQ(bounds.min, 2U);
  EXPECT_EQ(bounds.max, 8U);
}

TEST(Processes, ConcurrencyHasBounds) {
  const auto with = [](const std::string& value) {
    return problems_of(
        graph_of("n: {component: core/number}, p: {component: core/pass, concurrency: " + value +
                     "}, w: {component: core/options}",
                 "n -> p -> w"));
  };
  const std::string wrong =
      "g:2:81: error: concurrency must be a whole number from 1 to 1024, not ";
  EXPECT_THAT(with("0"), ElementsAre(wrong + "the number 0"));
  EXPECT_THAT(with("\"4\""), ElementsAre(wrong + "the text \"4\"; remove the quotes"));
  EXPECT_THAT(with("[4]"), ElementsAre(wrong + "a list"));
  EXPECT_THAT(with("many"),
              ElementsAre("g:2:81: error: concurrency must be auto, a whole number from 1 to 1024, "
                          "or a map with min and max, not the text \"many\""));
  EXPECT_THAT(with("{min: 4, max: 2}"),
              ElementsAre("g:2:81: error: concurrency.min 4 is greater than concurrency.max 2; "
                          "make max 4 or more"));
  EXPECT_THAT(with("{max: 1025}"),
              ElementsAre("g:2:87: error: concurrency.max must be a whole number from 1 to 1024, "
                          "not the number 1025"));
}

TEST(Processes, ASerialComponentHasNoConcurrency) {
  const auto with = [](const std::string& value) {
    return problems_with("{component: core/options, concurrency: " + value + "}");
  };
  for (const char* value : {"auto", "1", "{min: 1, max: 1}", "{}"}) {
    EXPECT_THAT(with(value), IsEmpty()) << value;
  }
  EXPECT_THAT(with("4"),
              ElementsAre("g:2:90: error: concurrency cannot be 4, only auto or 1: core/options "
                          "handles one packet at a time"));
  EXPECT_THAT(with("{min: 2, max: 8}"),
              ElementsAre("g:2:96: error: concurrency.min cannot be 2, only 1: core/options "
                          "handles one packet at a time"));
  EXPECT_THAT(with("{max: 8}"),
              ElementsAre("g:2:96: error: concurrency.max cannot be 8, only 1: core/options "
                          "handles one packet at a time"));
}

TEST(Processes, HaveATimeoutWhereTheyWaitOutside) {
  const auto with = [](const std::string& component, const std::string& timeout) {
    return problems_with("{component: " + component + ", timeout: " + timeout + "}");
  };
  EXPECT_THAT(with("core/options", "5s"), IsEmpty());
  EXPECT_THAT(with("core/options", "0s"),
              ElementsAre("g:2:86: error: timeout must be a duration above 0 such as 5s, not the "
                          "text \"0s\""));
  EXPECT_THAT(
      with("core/batch", "5s"),
      ElementsAre("g:2:84: error: core/batch cannot have a timeout: it does not wait outside "
                  "for single packets; leave it out"));
}

TEST(Processes, ThresholdsAreRead) {
  const std::string graph =
      graph_of("n: {component: core/number}, w: {component: core/options}", "n -> w");
  const Loaded loaded =
      load_text(graph + "thresholds: {processing_time: 10ms, queue_length: 1024}\n");
  ASSERT_TRUE(loaded.graph);
  EXPECT_EQ(loaded.graph->thresholds.processing_time, std::chrono::milliseconds(10));
  EXPECT_EQ(loaded.graph->thresholds.queue_length, 1024U);
  EXPECT_THAT(problems_of(graph + "thresholds: {}\n"), ElementsAre());
}

TEST(Processes, HaveARate) {
  const auto rate_of = [](const std::string& rate, const std::string& component = "core/options") {
    const Loaded loaded = load_text(graph_of(
        "numbers: {component: core/number}, p: {component: " + component + ", rate: " + rate + "}",
        "numbers -> p"));
    return loaded.graph ? loaded.graph->processes[1].rate : std::nullopt;
  };
  EXPECT_EQ(rate_of("5/s"), (Rate{5, 1}));
  EXPECT_EQ(rate_of("50000/s"), (Rate{50'000, 500})) << "10 ms of it at once";
  EXPECT_EQ(rate_of("6/m"), (Rate{0.1, 1}));
  EXPECT_EQ(rate_of("5/s", "core/batch"), (Rate{5, 10})) << "what it needs at once";
  EXPECT_EQ(rate_of("{rate: 1000/s, burst: 50}"), (Rate{1000, 50}));
  EXPECT_EQ(rate_of("{rate: 1000/s}"), (Rate{1000, 10}));
}

TEST(Processes, ARateThatCannotHoldIsRefusedWithOneThatWould) {
  const auto with = [](const std::string& rate, const std::string& component = "core/options") {
    return problems_with("{component: " + component + ", rate: " + rate + "}");
  };
  EXPECT_THAT(with("0/s"),
              ElementsAre("g:2:83: error: a rate of 0 would never let a packet pass; write how "
                          "many may, such as 1/m, or leave rate out: then nothing limits the "
                          "process"));
  EXPECT_THAT(with("-1/s"),
              ElementsAre("g:2:83: error: rate must be packets in a time, such as "
                          "1000/s, 5/m or 0.5/ms, not the text \"-1/s\"; it is always "
                          "above 0"));
  EXPECT_THAT(with("1000"), ElementsAre("g:2:83: error: rate must be packets in a time, such as "
                                        "1000/s, 5/m or 0.5/ms, not the number 1000; write 1000/s "
                                        "if a second is meant"));
  EXPECT_THAT(with("0.01/d"),
              ElementsAre("g:2:83: error: rate 0.01/d is out of range: it may be from 0.1/d to "
                          "1000000000/s; leave rate out for no limit"));
  EXPECT_THAT(with("{rate: 1/s, burst: 0}"),
              ElementsAre("g:2:102: error: rate.burst must be a whole number from 1 to 1000000000, "
                          "not the number 0"));
  EXPECT_THAT(
      with("{rate: 1/s, burst: 5}", "core/batch"),
      ElementsAre("g:2:100: error: rate.burst 5 is less than core/batch needs at once to go "
                  "on: 10 would do"));
}

TEST(Runtime, HasAMemoryBudget) {
  const auto with = [](const std::string& memory) {
    return graph_of("n: {component: core/number}, w: {component: core/options}", "n -> w") +
           "runtime: {memory: " + memory + "}\n";
  };
  EXPECT_EQ(load_text(with("512MiB")).graph->memory, std::uint64_t{512} << 20);
  EXPECT_EQ(load_text(with("16777216")).graph->memory, std::uint64_t{16} << 20);
  EXPECT_THAT(problems_of(with("6MiB")),
              ElementsAre("g:4:19: error: memory 6MiB is too little for this graph: its 2 "
                          "processes, 1 of them sources, and 1 connections need 7MiB at the least; "
                          "write memory: 7MiB or more"));
  EXPECT_THAT(problems_of(with("7MiB")), IsEmpty());
  EXPECT_THAT(problems_of(with("lots")),
              ElementsAre("g:4:19: error: memory must be a size above 0, such as 512MiB, not the "
                          "text \"lots\"; leave it out for three quarters of what weir may use"));
  EXPECT_THAT(problems_of(with("0")), Contains(::testing::HasSubstr("above 0")));
  EXPECT_THAT(
      problems_of(with("1GiB"), {}, {}, {.memory = std::uint64_t{512} << 20}),
      ElementsAre("g:4:19: warning: memory 1GiB is more than weir may use here (512MiB): "
                  "three quarters of that hold instead; lower it, or raise the limit of the "
                  "control group"));
}

TEST(Processes, InitialPacketsGoToInPorts) {
  const auto with = [](const std::string& initial) {
    return graph_of(
        "n: {component: core/number, initial: " + initial + "}, w: {component: core/options}",
        "n -> w");
  };
  const Loaded loaded = load_text(with("{start: 5}"));
  ASSERT_TRUE(loaded.graph);
  ASSERT_EQ(loaded.graph->processes[0].initial.size(), 1U);
  EXPECT_EQ(loaded.graph->processes[0].initial[0].value.integer, 5);
  EXPECT_THAT(problems_of(with("{start: five}")),
              ElementsAre("g:2:58: error: n.start takes a number, not the text \"five\""));
  EXPECT_THAT(problems_of(with("{strat: 5}")),
              ElementsAre("g:2:51: error: n (core/number) has no in port \"strat\"; did you mean "
                          "\"start\"?"));
  EXPECT_THAT(
      problems_of(with("5")),
      ElementsAre("g:2:50: error: initial must be a map from in port to value, such as {in: "
                  "hello}, not the number 5"));
  EXPECT_THAT(
      problems_of(graph_of("m: {component: core/merge, initial: {\"in[0]\": 5}}, "
                           "n: {component: core/number}, w: {component: core/options}",
                           "\"n -> m.in[0]\", m -> w")),
      ElementsAre("g:2:50: error: an initial packet on an array port is not available in this "
                  "version of weir"));
}

TEST(Processes, RuntimeAndAdminAreRead) {
  const std::string graph =
      graph_of("n: {component: core/number}, w: {component: core/options}", "n -> w");
  const Loaded loaded = load_text(
      graph + "runtime: {workers: 3}\nadmin: {listen: \"[::1]:7070\", hosts: [a.example]}\n");
  ASSERT_TRUE(loaded.graph);
  EXPECT_EQ(loaded.graph->workers, 3U);
  EXPECT_EQ(loaded.graph->admin_listen, "[::1]:7070");
  EXPECT_THAT(loaded.graph->admin_hosts, ElementsAre("a.example"));
  EXPECT_THAT(problems_of(graph + "runtime: {workers: 0}\nadmin: {listen: 7070, hosts: {}}\n"),
              ElementsAre("g:4:20: error: workers must be a whole number from 1 to 1024, not the "
                          "number 0",
                          "g:5:17: error: listen must be an address and a port such as "
                          "127.0.0.1:7070, not the number 7070",
                          "g:5:30: error: hosts must be a list of host names, not a map"));
  for (const char* address : {"host", "host:", "host:65536", "a b:80", "::1:80", "host:8x"}) {
    EXPECT_THAT(problems_of(graph + "admin: {listen: \"" + address + "\"}\n"),
                Contains(::testing::HasSubstr("listen must be")))
        << address;
  }
  for (const char* address : {":7070", "[::]:0", "LOCALHOST:80", "0.0.0.0:80"}) {
    EXPECT_TRUE(load_text(graph + "admin: {listen: \"" + address + "\"}\n").graph) << address;
  }
}

TEST(Processes, TwoOwnersOfOneFileAreRefused) {
  EXPECT_THAT(
      problems_of("name: g\nprocesses:\n  n: {component: core/number}\n"
                  "  a: {component: file/write, config: {path: out.txt}}\n"
                  "  b: {component: file/write, config: {path: ./x/../out.txt}}\n"
                  "connections: [n -> a, n -> b]\n"),
      ElementsAre("g:5:45: error: b and a (line 4) would both have the path \"out.txt\": only "
                  "one process may; give each its own, or connect both to one process"));
}

TEST(Processes, OptionsAreReplacedFromTheCommandLine) {
  const std::string graph = graph_of(
      "n: {component: core/number}, w: {component: core/options, config: {share: 0}}", "n -> w");
  const Loaded loaded = load_text(graph, {},
                                  {{"n", "count", "4"},
                                   {"w", "share", "0.5"},
                                   {"w", "text", "12"},
                                   {"w", "list", "[a, b]"},
                                   {"w", "every", "5s"}});
  ASSERT_TRUE(loaded.graph) << format(loaded.problems.list().front(), "g");
  EXPECT_EQ(loaded.graph->processes[0].config.find("count")->integer, 4);
  const Setting& config = loaded.graph->processes[1].config;
  EXPECT_EQ(config.find("share")->number, 0.5);
  EXPECT_EQ(config.find("text")->text, "12");
  EXPECT_EQ(config.find("list")->items.size(), 2U);
  EXPECT_THAT(
      problems_of(graph, {}, {{"m", "count", "4"}, {"n", "cuont", "4"}, {"w", "share", "x"}}),
      ElementsAre("g: error: --set: unknown process \"m\"; possible are n, w",
                  "g: error: --set: process \"n\": core/number has no option \"cuont\"; did "
                  "you mean \"count\"?",
                  "g: error: --set: process \"w\": option \"share\" must be a number, not the "
                  "text \"x\""));
  // Patterns of files are no YAML.
  EXPECT_THAT(problems_of(graph, {}, {{"w", "list", "*.{log,txt}"}}), ::testing::IsEmpty());
  EXPECT_THAT(problems_of(graph, {}, {{"w", "list", "[a"}}),
              Contains(::testing::StartsWith("g: error: --set: w.list: not valid YAML")));
}

TEST(Processes, AnOverrideHasAForm) {
  const auto good = parse_override("read.path=a=b.c");
  ASSERT_TRUE(good);
  EXPECT_EQ(good->process, "read");
  EXPECT_EQ(good->option, "path");
  EXPECT_EQ(good->value, "a=b.c");
  EXPECT_TRUE(parse_override("a.b="));
  for (const char* text : {"", "a", "a.b", "a=b", ".b=c", "a.=c", "a.b.c=d", "a b.c=d"}) {
    EXPECT_FALSE(parse_override(text)) << text;
  }
}

TEST(Processes, AFileThatCannotBeReadIsAProblem) {
  const Loaded missing = load_file("/nowhere/at/all.yaml", parts(), process_environment());
  EXPECT_EQ(format(missing.problems.list().at(0), "x"),
            "x: error: the file cannot be read: No such file or directory");
  const Loaded folder = load_file("/", parts(), process_environment());
  EXPECT_EQ(format(folder.problems.list().at(0), "x"),
            "x: error: the file cannot be read: Is a directory");
}

}  // namespace
}  // namespace weir::graph::testing
