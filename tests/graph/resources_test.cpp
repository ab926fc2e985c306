#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "graph/schema.hpp"
#include "parts.hpp"

namespace weir::graph {
namespace {

using ::testing::ElementsAre;
using testing::graph_of;
using ::testing::IsEmpty;
using testing::load_text;
using testing::problems_of;

/// A graph whose resources are these and whose one user names `name`; resources stand in line 4.
std::string with(const std::string& resources, const std::string& name = "db") {
  return graph_of("n: {component: core/number}, w: {component: store/write, config: {into: " +
                      name + "}}",
                  "n -> w") +
         "resources: {" + resources + "}\n";
}

TEST(Resources, AreReadWithTheirLimits) {
  const Loaded loaded = load_text(with("db: {type: store, min: 2, max: 20, config: {at: x}}"));
  ASSERT_TRUE(loaded.graph);
  ASSERT_EQ(loaded.graph->resources.size(), 1U);
  const ResourceModel& model = loaded.graph->resources[0];
  EXPECT_EQ(model.name, "db");
  EXPECT_EQ(model.type->name, "store");
  EXPECT_EQ(model.min, 2U);
  EXPECT_EQ(model.max, 20U);
  EXPECT_THAT(resources_of(*loaded.graph, loaded.graph->processes[1]), ElementsAre(0));
  EXPECT_THAT(resources_of(*loaded.graph, loaded.graph->processes[0]), IsEmpty());
}

TEST(Resources, NeedNoNumbers) {
  const Loaded loaded = load_text(with("db: {type: store}, big: {type: store, min: 50}"));
  ASSERT_TRUE(loaded.graph);
  EXPECT_EQ(loaded.graph->resources[0].min, 1U);
  EXPECT_EQ(loaded.graph->resources[0].max, 10U);
  EXPECT_EQ(loaded.graph->resources[1].max, 50U);
}

TEST(Resources, MistakesAreNamedWithWhatWouldDo) {
  EXPECT_THAT(
      problems_of(with("db: {type: store, min: 30, max: 20}")),
      ElementsAre("g:4:36: error: resource \"db\": min 30 is above max 20: set min to 20 or "
                  "less, or max to 30 or more"));
  EXPECT_THAT(problems_of(with("db: {type: stoer}")),
              ElementsAre("g:4:24: error: unknown type of resource \"stoer\"; did you mean "
                          "\"store\"?"));
  EXPECT_THAT(problems_of(with("db: {type: store, config: {att: x}}")),
              ElementsAre("g:4:40: error: store has no option \"att\"; did you mean \"at\"?"));
  EXPECT_THAT(problems_of(with("db: {max: 3}")),
              ElementsAre("g:4:17: error: resource \"db\" has no \"type\""));
  EXPECT_THAT(problems_of(with("db: {type: store, max: 0}")),
              ElementsAre("g:4:36: error: max must be a whole number from 1 to 10000, not the "
                          "number 0"));
}

TEST(Resources, AProcessMustNameOneOfTheRightType) {
  EXPECT_THAT(problems_of(with("db: {type: store}", "bd")),
              ElementsAre("g:2:85: error: w (store/write) names the resource \"bd\", which is not "
                          "declared; did you mean \"db\"?"));
  EXPECT_THAT(problems_of(with("db: {type: other}")),
              ElementsAre("g:2:85: error: w (store/write) needs a resource of type store, but db "
                          "(line 4) is of type other"));
  EXPECT_THAT(problems_of(graph_of("n: {component: core/number}, w: {component: store/write, "
                                   "config: {into: db}}",
                                   "n -> w")),
              ElementsAre("g:2:85: error: w (store/write) names the resource \"db\", but the graph "
                          "has none: add \"resources: {db: {type: store}}\" at its top"));
}

TEST(Resources, OneThatIsNotUsedIsAWarning) {
  EXPECT_THAT(problems_of(with("db: {type: store}, spare: {type: other}")),
              ElementsAre("g:4:32: warning: no process uses the resource \"spare\""));
}

TEST(Resources, TheSchemaKnowsTheTypesAndTheirOptions) {
  const auto definitions = nlohmann::json::parse(schema(testing::parts()))["$defs"];
  EXPECT_EQ(definitions["resource_type"]["anyOf"][1]["const"], "store");
  EXPECT_EQ(definitions["resource/store"]["properties"]["at"]["type"], "string");
  EXPECT_TRUE(definitions["resource/store"]["properties"].contains("idle_timeout"));
  EXPECT_EQ(definitions["resource"]["required"], nlohmann::json::parse(R"(["type"])"));
}

}  // namespace
}  // namespace weir::graph
