// What holds for every component of this build.
#include <gmock/gmock.h>

#include "harness.hpp"

namespace weir::testing {
namespace {

using ::testing::HasSubstr;

TEST(Specs, AreDocumented) {
  for (const ComponentSpec* spec : Registry::builtin().all()) {
    SCOPED_TRACE(std::string(spec->name));
    EXPECT_FALSE(spec->summary.empty());
    EXPECT_FALSE(spec->summary.ends_with("."));
    EXPECT_FALSE(spec->doc.empty());
    for (const auto* ports : {&spec->inputs, &spec->outputs}) {
      for (const PortSpec& port : *ports) EXPECT_FALSE(port.doc.empty()) << port.name;
    }
    for (const OptionSpec& option : spec->options) {
      EXPECT_FALSE(option.doc.empty()) << option.name;
      EXPECT_EQ(option.schema.empty(), option.type != OptionType::any) << option.name;
    }
  }
}

TEST(Specs, HaveAnExampleThatUsesThem) {
  for (const ComponentSpec* spec : Registry::builtin().all()) {
    SCOPED_TRACE(std::string(spec->name));
    EXPECT_THAT(std::string(spec->example.graph),
                HasSubstr("component: " + std::string(spec->name)));
  }
}

TEST(Specs, MakeInstancesWithoutTouchingTheOutside) {
  for (const ComponentSpec* spec : Registry::builtin().all()) {
    for (const OptionSpec& option : spec->options) {
      if (option.name != "path") continue;
      SCOPED_TRACE(std::string(spec->name));
      const Setting config = map({{"path", "/does/not/exist"}});
      if (!problems_of(spec->name, config).empty()) continue;
      EXPECT_NO_THROW(Harness(spec->name, config));
    }
  }
}

}  // namespace
}  // namespace weir::testing
