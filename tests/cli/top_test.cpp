#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/top_table.hpp"

namespace weir::cli {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

json message() {
  return json::parse(R"({
    "time": "2026-11-24T05:15:18.918Z",
    "graph": {"name": "access-log", "generation": 3, "phase": "running",
      "processes": [
        {"name": "read", "in": 0, "out": 1000, "concurrency": 1, "errors": 0},
        {"name": "parse", "in": 900, "out": 900, "concurrency": 2, "errors": 64},
        {"name": "write", "in": 800, "out": 0, "concurrency": 1, "errors": 0}],
      "connections": [
        {"name": "read.out -> parse.in", "to": "parse.in", "packets": 100, "capacity": 1024},
        {"name": "parse.out -> write.in", "to": "write.in", "packets": 5, "capacity": 64},
        {"name": "parse.error -> write.in", "to": "write.in", "packets": 1, "capacity": 64}]},
    "report": {"throughput_pps": 41230.0,
      "limit": {"process": "parse", "kind": "cpu", "explanation": "parse is busy 99% of the time"},
      "processes": [
        {"name": "parse", "state": {"busy": 0.99, "waiting": 0.0, "starved": 0.01, "blocked": 0.0,
         "throttled": 0.0, "ready": 0.0}, "service_us": 24.1, "throughput_pps": 41230.0,
         "concurrency_max": 8}]}})");
}

std::vector<std::string> screen(const TopFigures& figures, const TopLook& look) {
  std::vector<std::string> lines;
  std::istringstream text(top_screen(figures, look));
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

/// The names of the processes in the order in which they are shown.
std::vector<std::string> order(const TopFigures& figures, const TopLook& look) {
  std::vector<std::string> names;
  for (const std::string& line : screen(figures, look)) {
    for (const char* name : {"read ", "parse ", "write "}) {
      if (line.substr(std::min<std::size_t>(2, line.size())).starts_with(name)) {
        names.push_back(std::string(name, std::string_view(name).size() - 1));
      }
    }
  }
  return names;
}

TEST(TopReader, TakesFiguresFromTheReport) {
  const TopFigures figures = TopReader().read(message().dump());
  EXPECT_EQ(figures.graph, "access-log");
  EXPECT_EQ(figures.generation, 3U);
  EXPECT_EQ(figures.throughput_pps, 41230.0);
  EXPECT_EQ(figures.verdict, "limited by parse, cpu: parse is busy 99% of the time");
  ASSERT_EQ(figures.processes.size(), 3U);
  const TopProcess& parse = figures.processes[1];
  EXPECT_TRUE(parse.root);
  EXPECT_EQ(parse.throughput_pps, 41230.0);
  EXPECT_EQ(parse.service_us, 24.1);
  EXPECT_EQ((*parse.state)[0], 0.99);
  EXPECT_EQ(parse.concurrency, 2U);
  EXPECT_EQ(parse.concurrency_max, 8U);
  EXPECT_EQ(parse.queued, 100U);
  EXPECT_EQ(parse.errors, 64U);
  EXPECT_FALSE(figures.processes[0].root);
  EXPECT_FALSE(figures.processes[0].queued);
  EXPECT_EQ(figures.processes[2].queued, 6U);
  EXPECT_EQ(figures.processes[2].capacity, 128U);
}

TEST(TopReader, WithoutAReportTakesThroughputFromTwoMessages) {
  json first = message();
  first["report"] = nullptr;
  TopReader reader;
  const TopFigures before = reader.read(first.dump());
  EXPECT_EQ(before.verdict, "");
  EXPECT_FALSE(before.throughput_pps);
  EXPECT_FALSE(before.processes[1].throughput_pps);
  json second = first;
  second["time"] = "2026-11-24T05:15:20.918Z";
  second["graph"]["processes"][0]["out"] = 3000;
  second["graph"]["processes"][1]["in"] = 1900;
  const TopFigures after = reader.read(second.dump());
  EXPECT_EQ(after.processes[0].throughput_pps, 1000.0);
  EXPECT_EQ(after.processes[1].throughput_pps, 500.0);
  EXPECT_EQ(after.processes[2].throughput_pps, 0.0);
}

TEST(TopReader, SaysWhyNoLimitIsKnown) {
  json unknown = message();
  unknown["report"]["limit"] = nullptr;
  unknown["report"]["reason"] = "idle";
  EXPECT_EQ(TopReader().read(unknown.dump()).verdict, "limit unknown: idle");
}

TEST(TopReader, RefusesWhatIsNoEvent) {
  for (const char* bad :
       {"", "{", "[]", "{}", "null", R"({"graph": 5})", R"({"graph": {"processes": {}}})"}) {
    EXPECT_THROW(TopReader().read(bad), std::runtime_error) << bad;
  }
  EXPECT_NO_THROW(
      TopReader().read(R"({"graph": {"processes": [5, {"name": 7}], "connections": [null]}})"));
}

TEST(TopTable, MarksTheRootWithMoreThanAStyle) {
  const TopFigures figures = TopReader().read(message().dump());
  const std::string plain = top_screen(figures, {.columns = 120});
  EXPECT_THAT(plain, HasSubstr("\n> parse "));
  EXPECT_THAT(plain, HasSubstr("\n  read "));
  EXPECT_THAT(plain, Not(HasSubstr("\x1b")));
  EXPECT_THAT(plain, HasSubstr("weir access-log  running  generation 3  41.2k packets/s"));
  EXPECT_THAT(plain, HasSubstr("limited by parse, cpu"));
  EXPECT_THAT(plain, HasSubstr("99%"));
  EXPECT_THAT(plain, HasSubstr("24.1us"));
  EXPECT_THAT(plain, HasSubstr("2/8"));
  EXPECT_THAT(plain, HasSubstr("100/1.02k"));
  EXPECT_THAT(plain, HasSubstr("##########"));
  TopLook styled{.columns = 120};
  styled.styled = true;
  EXPECT_THAT(top_screen(figures, styled), HasSubstr("\x1b[7m> parse "));
}

TEST(TopTable, IsSortedByAColumn) {
  const TopFigures figures = TopReader().read(message().dump());
  TopLook look{.columns = 120};
  EXPECT_THAT(order(figures, look), ElementsAre("read", "parse", "write"));
  look.reverse = true;
  EXPECT_THAT(order(figures, look), ElementsAre("write", "parse", "read"));
  look = {.columns = 120};
  look.sort = TopColumn::process;
  EXPECT_THAT(order(figures, look), ElementsAre("parse", "read", "write"));
  look.sort = TopColumn::queue;
  EXPECT_THAT(order(figures, look), ElementsAre("parse", "write", "read"));
  EXPECT_THAT(top_screen(figures, look), HasSubstr("queuev"));
  look.sort = TopColumn::errors;
  EXPECT_THAT(order(figures, look), ElementsAre("parse", "read", "write"));
}

TEST(TopTable, FitsEveryTerminal) {
  TopFigures figures = TopReader().read(message().dump());
  figures.verdict += " and something \xe2\x82\xac with a\tcontrol character";
  for (int i = 0; i < 100; ++i) {
    figures.processes.push_back(figures.processes[static_cast<std::size_t>(i % 3)]);
    figures.processes.back().name = "process_with_a_long_name_" + std::to_string(i);
  }
  for (unsigned columns = 1; columns < 200; columns += 7) {
    for (unsigned rows = 1; rows < 40; ++rows) {
      for (const bool help : {false, true}) {
        TopLook look{.columns = columns, .rows = rows};
        look.help = help;
        look.scrolled = rows * 5;
        const std::vector<std::string> lines = screen(figures, look);
        ASSERT_EQ(lines.size(), rows);
        for (const std::string& line : lines) {
          const auto characters = std::count_if(line.begin(), line.end(), [](char c) {
            return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
          });
          ASSERT_LE(characters, columns) << line;
          ASSERT_EQ(line.find('\t'), std::string::npos);
        }
      }
    }
  }
}

TEST(TopTable, ScrollsAndSaysWhatIsLeftOut) {
  TopFigures figures;
  for (int i = 0; i < 20; ++i) {
    TopProcess& process = figures.processes.emplace_back();
    process.name = "p" + std::to_string(i);
  }
  TopLook look{.columns = 80, .rows = 10};
  look.scrolled = 3;
  const std::string text = top_screen(figures, look);
  EXPECT_THAT(text, HasSubstr("  p3 "));
  EXPECT_THAT(text, Not(HasSubstr("  p2 ")));
  EXPECT_THAT(text, HasSubstr("3 above, "));
  look.scrolled = 1000;
  EXPECT_THAT(top_screen(figures, look), HasSubstr(" 0 below"));
}

TEST(TopTable, SaysThatTheConnectionIsLost) {
  TopLook look{.columns = 80};
  look.trouble = "the connection was lost; trying again";
  const std::string text = top_screen(TopReader().read(message().dump()), look);
  EXPECT_THAT(text, HasSubstr("trying again"));
  EXPECT_THAT(text, Not(HasSubstr("limited by")));
}

}  // namespace
}  // namespace weir::cli
