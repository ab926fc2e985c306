#include "cli/summary.hpp"

#include "../metrics/sample.hpp"

namespace weir::cli {
namespace {

using testing::HasSubstr;

ComponentSpec file_writer() {
  ComponentSpec spec;
  spec.name = "file/write";
  spec.inputs = {{.name = "in", .doc = ""}};
  spec.options = {{.name = "path", .type = OptionType::text, .doc = "", .exclusive = true}};
  return spec;
}

graph::Graph writer_graph(const ComponentSpec& spec) {
  graph::Graph graph;
  graph.name = "sample";
  graph.file = "sample.yaml";
  graph::ProcessModel process;
  process.name = "write";
  process.component = &spec;
  process.config.kind = Setting::Kind::map;
  process.config.fields.push_back({"path", {}, Setting::quoted_text("out.txt")});
  graph.processes.push_back(process);
  return graph;
}

TEST(Banner, SaysWhereThePageTheMetricsAndTheOutputsAre) {
  const ComponentSpec spec = file_writer();
  const std::string text = banner(writer_graph(spec), "http://127.0.0.1:7070", 2);
  EXPECT_THAT(text, HasSubstr("runs sample (sample.yaml) on 2 workers\n"));
  EXPECT_THAT(text, HasSubstr("http://127.0.0.1:7070/\n"));
  EXPECT_THAT(text, HasSubstr("http://127.0.0.1:7070/metrics\n"));
  EXPECT_THAT(text, HasSubstr("writes      out.txt (write)\n"));
}

TEST(Banner, SpeaksOfOneWorkerAndOfStandardInput) {
  const ComponentSpec spec = file_writer();
  graph::Graph graph = writer_graph(spec);
  graph.file = "-";
  EXPECT_THAT(banner(graph, "http://[::1]:1", 1), HasSubstr("(standard input) on 1 worker\n"));
}

TEST(LocalUrl, LeadsToThisMachineWhateverTheAddress) {
  EXPECT_EQ(local_url("127.0.0.1", 7070), "http://127.0.0.1:7070");
  EXPECT_EQ(local_url("::1", 7070), "http://[::1]:7070");
  EXPECT_EQ(local_url("0.0.0.0", 7070), "http://localhost:7070");
  EXPECT_EQ(local_url("::", 7070), "http://localhost:7070");
}

TEST(LeftOver, NamesEveryPlaceAndAddsUp) {
  const Left left = left_over(metrics::sample_figures().network);
  EXPECT_EQ(left.packets, 4U);
  EXPECT_EQ(left.where, "write holds 1, read.out -> write.in has 3 queued");
  EXPECT_EQ(left_over({}).packets, 0U);
  EXPECT_EQ(left_over({}).where, "");
}

TEST(Summary, CountsWhatTheSourcesSent) {
  const std::string text =
      summary(metrics::sample_figures().network, std::chrono::milliseconds(1500));
  EXPECT_THAT(text, HasSubstr("handled 10 packets from the sources in 1.50 s, 4 left\n"));
  EXPECT_THAT(text, testing::ContainsRegex("\nwrite +7 +0 +0 +4 +1 +1 +0 +1\n"));
}

}  // namespace
}  // namespace weir::cli
