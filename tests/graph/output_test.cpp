// What is made of graphs and components for people and other programs: pictures, the JSON Schema,
// the reference pages.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "graph/picture.hpp"
#include "graph/reference.hpp"
#include "graph/schema.hpp"
#include "parts.hpp"

namespace weir::graph::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

Graph example() {
  Loaded loaded = load_text(
      "name: access-log\nprocesses:\n"
      "  read: {component: file/read, config: {path: a}}\n"
      "  end: {component: json/parse}\n"
      "  split: {component: core/split}\n"
      "  w: {component: core/options}\n"
      "connections:\n"
      "  - read -> end -> split\n"
      "  - split.out[0] -> w\n"
      "  - {from: end.error, to: w, capacity: {min: 4, max: 8}}\n");
  EXPECT_TRUE(loaded.graph);
  return std::move(*loaded.graph);
}

TEST(Picture, DotNamesWhatIsNotUsual) {
  EXPECT_EQ(picture(example(), PictureFormat::dot), R"(digraph "access-log" {
  rankdir=LR;
  node [shape=box];
  "read" [label="read\nfile/read"];
  "end" [label="end\njson/parse"];
  "split" [label="split\ncore/split"];
  "w" [label="w\ncore/options"];
  "read" -> "end";
  "end" -> "split";
  "split" -> "w" [taillabel="out[0]"];
  "end" -> "w" [taillabel="error", style=dashed];
}
)");
}

TEST(Picture, MermaidDoesNotTripOverNames) {
  EXPECT_EQ(picture(example(), PictureFormat::mermaid), R"(flowchart LR
  p0["read<br/>file/read"]
  p1["end<br/>json/parse"]
  p2["split<br/>core/split"]
  p3["w<br/>core/options"]
  p0 --> p1
  p1 --> p2
  p2 -->|"out[0] to in"| p3
  p1 -.->|"error to in"| p3
)");
}

TEST(Picture, JsonHasProcessesAndConnections) {
  const json picture_json = json::parse(picture(example(), PictureFormat::json));
  EXPECT_EQ(picture_json["name"], "access-log");
  EXPECT_EQ(picture_json["processes"][1],
            json::parse(R"({"name": "end", "component": "json/parse"})"));
  EXPECT_EQ(picture_json["connections"][2],
            json::parse(R"({"name": "split.out[0] -> w.in", "from": "split.out[0]", "to": "w.in",
                            "capacity": "auto"})"));
  EXPECT_EQ(picture_json["connections"][3]["capacity"], json::parse(R"({"min": 4, "max": 8})"));
}

TEST(Picture, FormatsHaveNames) {
  EXPECT_EQ(parse_picture_format("dot"), PictureFormat::dot);
  EXPECT_EQ(parse_picture_format("mermaid"), PictureFormat::mermaid);
  EXPECT_EQ(parse_picture_format("json"), PictureFormat::json);
  EXPECT_FALSE(parse_picture_format("svg"));
}

/// Every "$ref" of a schema.
void collect_references(const json& schema, std::set<std::string>& references) {
  if (schema.is_object() && schema.contains("$ref")) references.insert(schema["$ref"]);
  for (const json& part : schema) {
    if (part.is_structured()) collect_references(part, references);
  }
}

TEST(Schema, IsWellFormedAndItsReferencesHold) {
  const json schema_json = json::parse(schema(parts()));
  EXPECT_EQ(schema_json["$schema"], "https://json-schema.org/draft/2020-12/schema");
  std::set<std::string> references;
  collect_references(schema_json, references);
  EXPECT_GT(references.size(), 10U);
  for (const std::string& reference : references) {
    ASSERT_TRUE(reference.starts_with("#/")) << reference;
    EXPECT_TRUE(schema_json.contains(json::json_pointer(reference.substr(1)))) << reference;
  }
}

TEST(Schema, NamesEveryComponentAndEveryOption) {
  const json schema_json = json::parse(schema(parts()));
  const json& components = schema_json["$defs"]["component"]["anyOf"];
  const json& cases = schema_json["$defs"]["process"]["allOf"];
  ASSERT_EQ(cases.size(), parts().all().size());
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const ComponentSpec& spec = *parts().all()[i];
    EXPECT_EQ(components[i]["const"], spec.name);
    EXPECT_EQ(cases[i]["if"]["properties"]["component"]["const"], spec.name);
    const json& config = schema_json["$defs"][std::string(spec.name)];
    EXPECT_EQ(config["additionalProperties"], false);
    EXPECT_EQ(config["properties"].size(), spec.options.size());
    for (const OptionSpec& option : spec.options) {
      EXPECT_EQ(config["properties"][std::string(option.name)]["description"], option.doc);
    }
  }
}

TEST(Schema, CarriesRangesDefaultsWordsAndWhatIsRequired) {
  const json definitions = json::parse(schema(parts()))["$defs"];
  const json& options = definitions["core/options"]["properties"];
  EXPECT_EQ(options["share"]["anyOf"][0], json::parse(R"({"type": "number", "minimum": 0,
                                                          "maximum": 1})"));
  EXPECT_EQ(options["share"]["default"], 0.0);
  EXPECT_EQ(options["mode"]["anyOf"][0]["enum"], json::parse(R"(["append", "replace"])"));
  EXPECT_EQ(definitions["core/filter"]["properties"]["where"]["type"], "object");
  EXPECT_EQ(definitions["file/read"]["required"], json::parse(R"(["path"])"));
  EXPECT_EQ(definitions["process"]["allOf"][3]["if"]["properties"]["component"]["const"],
            "core/number");
}

TEST(Schema, KnowsTheFormsOfOverflowAndConcurrency) {
  const json definitions = json::parse(schema(parts()))["$defs"];
  EXPECT_EQ(definitions["then"]["anyOf"][0]["enum"],
            json::parse(R"(["block", "drop_oldest", "drop_newest", "fail"])"));
  const json& limit = definitions["overflow_limit"]["anyOf"];
  EXPECT_EQ(limit[0], json::parse(R"({"type": "integer", "minimum": 1, "maximum": 1000000000})"));
  EXPECT_EQ(limit[1]["type"], "string");
  EXPECT_EQ(definitions["concurrency_number"]["anyOf"][0]["maximum"], 1024);
}

TEST(Reference, APageShowsPortsOptionsAndTheExample) {
  const std::string page = reference_page(*parts().find("file/read"));
  EXPECT_EQ(page, R"(# file/read

Reads a file, a packet a line.

## Ports

|  | name | carries |  |  |
| --- | --- | --- | --- | --- |
| out | `out` | bytes | must be connected | Lines. |
| out | `error` | document |  | What could not be handled, with the reason |

## Options

| name | takes | default |  |
| --- | --- | --- | --- |
| `path` | text | required | The file to read. |
| `follow` | true or false | `false` | Waits for more at the end. |

## Example

```yaml
name: x
```
)");
}

TEST(Reference, NotesAreMade) {
  EXPECT_THAT(reference_page(*parts().find("core/batch")),
              HasSubstr("\nA connection to it needs a capacity of at least 10.\n"));
  EXPECT_THAT(reference_page(*parts().find("core/pass")),
              HasSubstr("\nIt can handle several packets at once: `concurrency` says how many.\n"));
  EXPECT_THAT(reference_page(*parts().find("csv/table")),
              HasSubstr("| in | `in` | any | must be connected, connections must not drop | "));
  EXPECT_THAT(component_text(*parts().find("csv/table")),
              HasSubstr("  in  in (any, must be connected, connections must not drop): Lines.\n"));
  EXPECT_THAT(reference_page(*parts().find("core/batch")), HasSubstr("## Options\n\nNone.\n"));
  EXPECT_THAT(reference_page(*parts().find("core/split")), HasSubstr("| `out[0], out[1], ...` |"));
  EXPECT_THAT(reference_page(*parts().find("core/options")),
              HasSubstr("| `every` | duration, at least 1ms | `10s` | A period. |\n"));
  EXPECT_THAT(reference_page(*parts().find("file/write")),
              HasSubstr("The file to write. No two processes of a graph may have the same. |"));
}

TEST(Reference, TheIndexIsOrderedByArea) {
  const std::string index = reference_index(parts());
  EXPECT_THAT(index, HasSubstr("# Components\n\n## core\n\n| component |  |\n| --- | --- |\n"
                               "| [core/batch](core/batch.md) | Gathers ten packets |\n"));
  EXPECT_LT(index.find("## core"), index.find("## file"));
  EXPECT_LT(index.find("## file"), index.find("## json"));
}

TEST(Reference, TheTerminalTextSaysTheSame) {
  EXPECT_THAT(component_list(parts()), HasSubstr("core/filter   Lets documents pass that match\n"));
  EXPECT_EQ(component_text(*parts().find("file/read")), R"(file/read: Reads a file, a packet a line

Ports
  out out (bytes, must be connected): Lines.
  out error (document): What could not be handled, with the reason

Options
  path (text, required): The file to read.
  follow (true or false, default false): Waits for more at the end.

Example
  name: x
)");
}

TEST(Reference, JsonHoldsTheWholeSpec) {
  const json all = json::parse(components_json(parts()));
  ASSERT_EQ(all.size(), parts().all().size());
  const json one = json::parse(component_json(*parts().find("core/options")));
  EXPECT_EQ(one["name"], "core/options");
  EXPECT_EQ(one["inputs"][0]["name"], "in");
  EXPECT_EQ(one["inputs"][0]["lossless"], false);
  EXPECT_EQ(json::parse(component_json(*parts().find("csv/table")))["inputs"][0]["lossless"], true);
  EXPECT_EQ(one["options"][1], json::parse(R"({"name": "share", "type": "number", "doc": "A share.",
                                               "required": false, "default": "0", "min": 0.0,
                                               "max": 1.0})"));
  EXPECT_EQ(one["options"][6]["words"], json::parse(R"(["append", "replace"])"));
}

TEST(Reference, UnknownComponentsGetASuggestion) {
  EXPECT_EQ(unknown_component(parts(), "core/fitler"),
            "unknown component \"core/fitler\"; did you mean \"core/filter\"?");
  EXPECT_EQ(unknown_component(parts(), "zzzzzzzz"),
            "unknown component \"zzzzzzzz\"; \"weir components\" lists them all");
}

}  // namespace
}  // namespace weir::graph::testing
