#include "weir/registry.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "weir/component.hpp"
#include "weir/config.hpp"

namespace weir {
namespace {

Instance make_none(const Config&) {
  return std::unique_ptr<Transform>();
}

std::string refusal(const ComponentSpec& spec) {
  Registry registry;
  try {
    registry.add(spec);
  } catch (const std::logic_error& error) {
    return error.what();
  }
  return "";
}

TEST(Registry, FindsByNameAndSorts) {
  const ComponentSpec b{.name = "core/b", .summary = "", .make = make_none};
  const ComponentSpec a{.name = "core/a", .summary = "", .make = make_none};
  Registry registry;
  registry.add(b);
  registry.add(a);
  EXPECT_EQ(registry.find("core/a"), &a);
  EXPECT_EQ(registry.find("core/b"), &b);
  EXPECT_EQ(registry.find("core/c"), nullptr);
  EXPECT_EQ(registry.find(""), nullptr);
  ASSERT_EQ(registry.all().size(), 2U);
  EXPECT_EQ(registry.all()[0], &a);
  EXPECT_THROW(registry.add(a), std::logic_error);
}

TEST(Registry, RefusesSpecsThatContradictThemselves) {
  EXPECT_EQ(refusal({.name = "a", .summary = "", .make = make_none}),
            "component a: the name must be area/name");
  EXPECT_EQ(refusal({.name = "a/b", .summary = ""}), "component a/b: there is no make function");
  EXPECT_EQ(refusal({.name = "a/b", .summary = "", .outputs = {{"error", ""}}, .make = make_none}),
            "component a/b: the error port is there without being listed");
  EXPECT_EQ(
      refusal(
          {.name = "a/b", .summary = "", .inputs = {{"in", ""}, {"in", ""}}, .make = make_none}),
      "component a/b: port \"in\" is listed twice");
  EXPECT_EQ(
      refusal({.name = "a/b",
               .summary = "",
               .options = {{.name = "w", .type = OptionType::word, .doc = ""}},
               .make = make_none}),
      "component a/b: option \"w\": words belong to options of type word, and these need some");
  EXPECT_EQ(refusal({.name = "a/b",
                     .summary = "",
                     .options = {{.name = "n",
                                  .type = OptionType::integer,
                                  .doc = "",
                                  .default_value = "0",
                                  .min = 1}},
                     .make = make_none}),
            "component a/b: default value: option \"n\" must be at least 1, not 0");
}

}  // namespace
}  // namespace weir
