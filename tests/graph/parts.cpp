#include "parts.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "weir/component.hpp"
#include "weir/config.hpp"

namespace weir::graph::testing {
namespace {

class Nothing final : public Transform {
 public:
  void process(Packet&, Out&) override {}
};

Instance make_nothing(const Config&) {
  return std::make_unique<Nothing>();
}

void check_even(const Config& config, Problems& problems) {
  if (config.integer("count") % 2 != 0) {
    problems.error(config.at("count"), "count must be even here");
  }
}

const PortSpec in_any{"in", "Packets."};
const PortSpec out_any{"out", "Packets."};

const ComponentSpec& read_spec() {
  static const ComponentSpec spec{
      .name = "file/read",
      .summary = "Reads a file, a packet a line",
      .outputs = {{.name = "out", .doc = "Lines.", .type = PayloadType::bytes}},
      .options = {{.name = "path", .doc = "The file to read.", .required = true},
                  {.name = "follow",
                   .type = OptionType::boolean,
                   .doc = "Waits for more at the end.",
                   .default_value = "false"}},
      .example = {.graph = "name: x\n"},
      .make = make_nothing};
  return spec;
}

const ComponentSpec& write_spec() {
  static const ComponentSpec spec{.name = "file/write",
                                  .summary = "Writes packets to a file, one a line",
                                  .inputs = {in_any},
                                  .options = {{.name = "path",
                                               .doc = "The file to write.",
                                               .required = true,
                                               .exclusive = true}},
                                  .make = make_nothing};
  return spec;
}

const ComponentSpec& parse_spec() {
  static const ComponentSpec spec{
      .name = "json/parse",
      .summary = "Makes a document of JSON text",
      .inputs = {{.name = "in", .doc = "JSON text.", .type = PayloadType::bytes}},
      .outputs = {{.name = "out", .doc = "Documents.", .type = PayloadType::document}},
      .make = make_nothing};
  return spec;
}

const ComponentSpec& filter_spec() {
  static const ComponentSpec spec{
      .name = "core/filter",
      .summary = "Lets documents pass that match",
      .inputs = {{.name = "in", .doc = "Documents.", .type = PayloadType::document}},
      .outputs = {{.name = "out", .doc = "What matches.", .type = PayloadType::document},
                  {.name = "else",
                   .doc = "What does not match.",
                   .type = PayloadType::document,
                   .required = false}},
      .options = {{.name = "where",
                   .type = OptionType::any,
                   .doc = "The condition.",
                   .schema = R"({"type": "object"})"}},
      .make = make_nothing};
  return spec;
}

const ComponentSpec& pass_spec() {
  static const ComponentSpec spec{.name = "core/pass",
                                  .summary = "Changes nothing",
                                  .inputs = {in_any},
                                  .outputs = {out_any},
                                  .parallel = true,
                                  .make = make_nothing};
  return spec;
}

const ComponentSpec& table_spec() {
  static const ComponentSpec spec{.name = "csv/table",
                                  .summary = "Reads a table, whose first line names the columns",
                                  .inputs = {{.name = "in", .doc = "Lines.", .lossless = true}},
                                  .make = make_nothing};
  return spec;
}

const ComponentSpec& split_spec() {
  static const ComponentSpec spec{.name = "core/split",
                                  .summary = "Shares packets out",
                                  .inputs = {in_any},
                                  .outputs = {{.name = "out", .doc = "Shares.", .array = true}},
                                  .make = make_nothing};
  return spec;
}

const ComponentSpec& merge_spec() {
  static const ComponentSpec spec{.name = "core/merge",
                                  .summary = "Joins streams",
                                  .inputs = {{.name = "in", .doc = "Streams.", .array = true}},
                                  .outputs = {out_any},
                                  .make = make_nothing};
  return spec;
}

const ComponentSpec& batch_spec() {
  static const ComponentSpec spec{
      .name = "core/batch",
      .summary = "Gathers ten packets",
      .inputs = {in_any},
      .outputs = {{.name = "out", .doc = "Batches.", .required = false}},
      .least_input = 10,
      .make = make_nothing};
  return spec;
}

const ComponentSpec& count_spec() {
  static const ComponentSpec spec{
      .name = "core/number",
      .summary = "Sends numbers, from a start if it gets one",
      .inputs = {{.name = "start",
                  .doc = "Where to start.",
                  .type = PayloadType::number,
                  .required = false}},
      .outputs = {{.name = "out", .doc = "Numbers.", .type = PayloadType::number}},
      .options = {{.name = "count",
                   .type = OptionType::integer,
                   .doc = "How many, an even number.",
                   .default_value = "2",
                   .min = 1,
                   .max = 1000}},
      .make = make_nothing,
      .check = check_even};
  return spec;
}

const ComponentSpec& options_spec() {
  static const ComponentSpec spec{
      .name = "core/options",
      .summary = "Has one option of each type",
      .inputs = {in_any},
      .options = {{.name = "flag", .type = OptionType::boolean, .doc = "A flag."},
                  {.name = "share",
                   .type = OptionType::number,
                   .doc = "A share.",
                   .default_value = "0",
                   .min = 0,
                   .max = 1},
                  {.name = "text", .doc = "A text."},
                  {.name = "every",
                   .type = OptionType::duration,
                   .doc = "A period.",
                   .default_value = "10s",
                   .min = 0.001},
                  {.name = "limit", .type = OptionType::size, .doc = "A size."},
                  {.name = "pace", .type = OptionType::rate, .doc = "A rate."},
                  {.name = "mode",
                   .type = OptionType::word,
                   .doc = "A word.",
                   .default_value = "append",
                   .words = {"append", "replace"}},
                  {.name = "list", .type = OptionType::text_list, .doc = "A list."},
                  {.name = "fields", .type = OptionType::text_map, .doc = "A map of texts."},
                  {.name = "values", .type = OptionType::value_map, .doc = "A map."}},
      .expires = true,
      .make = make_nothing};
  return spec;
}

std::unique_ptr<ResourceFactory> make_none(const Config&, Reactor&) {
  return nullptr;
}

const ComponentSpec& store_spec() {
  static const ComponentSpec spec{.name = "store/write",
                                  .summary = "Writes into a store",
                                  .inputs = {in_any},
                                  .options = {{.name = "into",
                                               .type = OptionType::resource,
                                               .doc = "The store.",
                                               .required = true,
                                               .resource = "store"}},
                                  .make = make_nothing};
  return spec;
}

const ResourceSpec& store_type() {
  static const ResourceSpec spec{
      .name = "store",
      .summary = "Connections to a store",
      .options =
          with_pool_options({{.name = "at", .doc = "Where it is.", .default_value = "here"}}),
      .make = make_none};
  return spec;
}

const ResourceSpec& other_type() {
  static const ResourceSpec spec{
      .name = "other", .summary = "Others", .options = with_pool_options({}), .make = make_none};
  return spec;
}

}  // namespace

const Registry& parts() {
  static const Registry registry = [] {
    Registry all;
    for (const ComponentSpec* spec :
         {&read_spec(), &write_spec(), &parse_spec(), &filter_spec(), &pass_spec(), &split_spec(),
          &merge_spec(), &batch_spec(), &count_spec(), &options_spec(), &table_spec(),
          &store_spec()}) {
      all.add(*spec);
    }
    all.add(store_type());
    all.add(other_type());
    return all;
  }();
  return registry;
}

Loaded load_text(const std::string& text, const std::map<std::string, std::string>& environment,
                 const std::vector<Override>& overrides, const LoadLimits& limits) {
  const Environment lookup = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    if (found == environment.end()) return {};
    return found->second;
  };
  return load(text, "g", parts(), lookup, overrides, limits);
}

std::vector<std::string> problems_of(const std::string& text,
                                     const std::map<std::string, std::string>& environment,
                                     const std::vector<Override>& overrides,
                                     const LoadLimits& limits) {
  std::vector<std::string> lines;
  const Loaded loaded = load_text(text, environment, overrides, limits);
  for (const Problem& problem : loaded.problems.list()) lines.push_back(format(problem, "g"));
  EXPECT_EQ(loaded.graph.has_value(), !loaded.problems.has_errors());
  return lines;
}

std::string graph_of(const std::string& processes, const std::string& connections) {
  return "name: g\nprocesses: {" + processes + "}\nconnections: [" + connections + "]\n";
}

}  // namespace weir::graph::testing
