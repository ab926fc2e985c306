#include "weir/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace weir {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const ComponentSpec& spec() {
  static const ComponentSpec instance{
      .name = "test/all",
      .summary = "Has one option of each type",
      .options = {{.name = "flag", .type = OptionType::boolean, .doc = "A flag."},
                  {.name = "count",
                   .type = OptionType::integer,
                   .doc = "",
                   .default_value = "3",
                   .min = 1,
                   .max = 10},
                  {.name = "share", .type = OptionType::number, .doc = "", .min = 0, .max = 1},
                  {.name = "path", .doc = "The file."},
                  {.name = "every",
                   .type = OptionType::duration,
                   .doc = "",
                   .default_value = "10s",
                   .min = 0.001},
                  {.name = "limit", .type = OptionType::size, .doc = "", .max = 1048576},
                  {.name = "pace", .type = OptionType::rate, .doc = "", .min = 1},
                  {.name = "mode",
                   .type = OptionType::word,
                   .doc = "",
                   .default_value = "append",
                   .words = {"append", "replace"}},
                  {.name = "names", .type = OptionType::text_list, .doc = ""},
                  {.name = "fields", .type = OptionType::text_map, .doc = ""},
                  {.name = "values", .type = OptionType::value_map, .doc = ""},
                  {.name = "free", .type = OptionType::any, .doc = ""}}};
  return instance;
}

Setting map(std::vector<std::pair<std::string, Setting>> fields) {
  Setting setting;
  setting.kind = Setting::Kind::map;
  setting.at = {1, 1};
  for (auto& [name, value] : fields) setting.fields.push_back({name, {}, std::move(value)});
  return setting;
}

Setting list(std::vector<Setting> items) {
  Setting setting;
  setting.kind = Setting::Kind::list;
  setting.items = std::move(items);
  return setting;
}

std::vector<std::string> problems_of(const Setting& given, const ComponentSpec& of = spec()) {
  Problems problems;
  Config(of, given).validate(problems);
  std::vector<std::string> texts;
  for (const Problem& problem : problems.list()) texts.push_back(problem.text);
  return texts;
}

std::vector<std::string> problems_with(const std::string& option, Setting value) {
  return problems_of(map({{option, std::move(value)}}));
}

TEST(Config, ReadsWhatWasGiven) {
  const Setting given = map({{"flag", Setting::plain("true")},
                             {"count", Setting::plain("7")},
                             {"share", Setting::plain("1")},
                             {"path", Setting::plain("a.txt")},
                             {"every", Setting::plain("250ms")},
                             {"limit", Setting::plain("64KiB")},
                             {"pace", Setting::plain("60/m")},
                             {"mode", Setting::plain("replace")},
                             {"names", list({Setting::plain("a"), Setting::plain("b")})},
                             {"fields", map({{"to", Setting::plain("from")}})},
                             {"values", map({{"n", Setting::plain("1")}})}});
  ASSERT_THAT(problems_of(given), IsEmpty());
  const Config config(spec(), given);
  EXPECT_TRUE(config.boolean("flag"));
  EXPECT_EQ(config.integer("count"), 7);
  EXPECT_EQ(config.number("share"), 1.0);
  EXPECT_EQ(config.text("path"), "a.txt");
  EXPECT_EQ(config.duration("every"), 250ms);
  EXPECT_EQ(config.size("limit"), 65536U);
  EXPECT_EQ(config.rate("pace"), 1.0);
  EXPECT_EQ(config.text("mode"), "replace");
  EXPECT_THAT(config.text_list("names"), ElementsAre("a", "b"));
  EXPECT_THAT(config.text_map("fields"), ElementsAre(testing::Pair("to", "from")));
  EXPECT_EQ(config.setting("values")->find("n")->integer, 1);
}

TEST(Config, FillsInDefaults) {
  const Setting nothing;
  const Config config(spec(), nothing);
  EXPECT_EQ(config.integer("count"), 3);
  EXPECT_EQ(config.duration("every"), 10s);
  EXPECT_EQ(config.text("mode"), "append");
  EXPECT_TRUE(config.has("count"));
  EXPECT_FALSE(config.has("path"));
  EXPECT_EQ(config.text("path"), "");
  EXPECT_THAT(config.text_list("names"), IsEmpty());
  EXPECT_EQ(config.setting("free"), nullptr);
}

TEST(Config, ATextIsAListOfOne) {
  const Setting given = map({{"names", Setting::plain("a")}});
  EXPECT_THAT(problems_of(given), IsEmpty());
  EXPECT_THAT(Config(spec(), given).text_list("names"), ElementsAre("a"));
}

TEST(Config, TellsWhereAnOptionStands) {
  const Setting given = map({{"path", Setting::plain("a", {5, 6})}});
  const Config config(spec(), given);
  EXPECT_EQ(config.at("path").line, 5);
  EXPECT_EQ(config.at("count").line, 1);
}

TEST(Config, AnOptionThatTheSpecLacksIsAFaultOfTheComponent) {
  const Setting nothing;
  EXPECT_THROW(Config(spec(), nothing).integer("cuont"), std::logic_error);
}

TEST(Config, WrongTypesAreExplained) {
  EXPECT_THAT(problems_with("flag", Setting::plain("yes")),
              ElementsAre("option \"flag\" must be true or false, not the text \"yes\""));
  EXPECT_THAT(
      problems_with("flag", Setting::quoted_text("true")),
      ElementsAre("option \"flag\" must be true or false, not the text \"true\"; remove the "
                  "quotes"));
  EXPECT_THAT(problems_with("count", Setting::plain("1.5")),
              ElementsAre("option \"count\" must be a whole number, not the number 1.5"));
  EXPECT_THAT(problems_with("count", Setting::plain("99999999999999999999")),
              ElementsAre("option \"count\": \"99999999999999999999\" is out of range"));
  EXPECT_THAT(problems_with("share", Setting::plain("half")),
              ElementsAre("option \"share\" must be a number, not the text \"half\""));
  EXPECT_THAT(problems_with("path", Setting::plain("12")),
              ElementsAre("option \"path\" must be a text, not the number 12; put it in quotes: "
                          "\"12\""));
  EXPECT_THAT(problems_with("path", Setting::plain("")),
              ElementsAre("option \"path\" has no value: give it one, or remove the line"));
  EXPECT_THAT(problems_with("path", list({})),
              ElementsAre("option \"path\" must be a text, not a list"));
  EXPECT_THAT(problems_with("every", Setting::plain("10")),
              ElementsAre("option \"every\" must be a duration such as 250ms, 5s or 1h, not the "
                          "number 10"));
  EXPECT_THAT(
      problems_with("limit", Setting::plain("1K")),
      ElementsAre("option \"limit\" must be a size such as 64KiB, 10MB or a number of bytes, "
                  "not the text \"1K\""));
  EXPECT_THAT(
      problems_with("pace", Setting::plain("10")),
      ElementsAre("option \"pace\" must be a rate such as 1000/s or 5/m, not the number 10"));
  EXPECT_THAT(problems_with("mode", Setting::plain("repalce")),
              ElementsAre("option \"mode\" cannot be \"repalce\"; did you mean \"replace\"?"));
  EXPECT_THAT(problems_with("mode", list({})),
              ElementsAre("option \"mode\" must be one of append, replace, not a list"));
  EXPECT_THAT(problems_with("names", map({})),
              ElementsAre("option \"names\" must be a list of texts, not a map"));
  EXPECT_THAT(problems_with("names", list({Setting::plain("a"), Setting::plain("1")})),
              ElementsAre("option \"names\" must be a list of texts, but this is the number 1; put "
                          "it in quotes: \"1\""));
  EXPECT_THAT(problems_with("fields", Setting::plain("a")),
              ElementsAre("option \"fields\" must be a map of texts, such as {name: text}, not the "
                          "text \"a\""));
  EXPECT_THAT(problems_with("values", Setting::plain("a")),
              ElementsAre("option \"values\" must be a map of values, such as {name: value}, not "
                          "the text \"a\""));
  EXPECT_THAT(problems_of(list({})), ElementsAre("config must be a map of options, not a list"));
}

TEST(Config, RangesAreHeld) {
  EXPECT_THAT(problems_with("count", Setting::plain("0")),
              ElementsAre("option \"count\" must be at least 1, not 0"));
  EXPECT_THAT(problems_with("count", Setting::plain("11")),
              ElementsAre("option \"count\" must be at most 10, not 11"));
  EXPECT_THAT(problems_with("share", Setting::plain(".nan")),
              ElementsAre("option \"share\" must be at least 0, not .nan"));
  EXPECT_THAT(problems_with("every", Setting::plain("10us")),
              ElementsAre("option \"every\" must be at least 1ms, not 10us"));
  EXPECT_THAT(problems_with("limit", Setting::plain("2MiB")),
              ElementsAre("option \"limit\" must be at most 1MiB, not 2MiB"));
  EXPECT_THAT(problems_with("pace", Setting::plain("1/m")),
              ElementsAre("option \"pace\" must be at least 1/s, not 1/m"));
}

TEST(Config, UnknownAndMissingOptionsAreNamed) {
  const ComponentSpec needs{.name = "test/needs",
                            .summary = "",
                            .options = {{.name = "path", .doc = "The file.", .required = true}}};
  EXPECT_THAT(problems_of(map({}), needs),
              ElementsAre("test/needs needs the option \"path\": The file."));
  EXPECT_THAT(problems_of(map({{"pth", Setting::plain("a")}}), needs),
              ElementsAre("test/needs has no option \"pth\"; did you mean \"path\"?"));
  const ComponentSpec none{.name = "test/none", .summary = ""};
  EXPECT_THAT(problems_of(map({{"x", Setting::plain("a")}}), none),
              ElementsAre("test/none has no option \"x\"; it takes none"));
}

TEST(Config, TheComponentsOwnCheckRunsOnceTheTypesHold) {
  ComponentSpec checked{.name = "test/checked",
                        .summary = "",
                        .options = {{.name = "n", .type = OptionType::integer, .doc = ""}}};
  checked.check = [](const Config& config, Problems& problems) {
    problems.error(config.at("n"), "looked at n");
  };
  EXPECT_THAT(problems_of(map({{"n", Setting::plain("1")}}), checked), ElementsAre("looked at n"));
  EXPECT_THAT(problems_of(map({{"n", Setting::plain("x")}}), checked),
              ElementsAre("option \"n\" must be a whole number, not the text \"x\""));
}

TEST(Config, SecretsAreInNoMessage) {
  static const ComponentSpec secrets{
      .name = "test/secrets",
      .summary = "Has secrets",
      .options = {
          {.name = "text", .doc = "", .secret = true},
          {.name = "flag", .type = OptionType::boolean, .doc = "", .secret = true},
          {.name = "number", .type = OptionType::number, .doc = "", .max = 1, .secret = true},
          {.name = "count", .type = OptionType::integer, .doc = "", .max = 1, .secret = true},
          {.name = "time", .type = OptionType::duration, .doc = "", .secret = true},
          {.name = "size", .type = OptionType::size, .doc = "", .max = 1, .secret = true},
          {.name = "rate", .type = OptionType::rate, .doc = "", .secret = true},
          {.name = "word",
           .type = OptionType::word,
           .doc = "",
           .words = {"a", "b"},
           .secret = true},
          {.name = "list", .type = OptionType::text_list, .doc = "", .secret = true},
          {.name = "texts", .type = OptionType::text_map, .doc = "", .secret = true},
          {.name = "values", .type = OptionType::value_map, .doc = "", .secret = true},
          {.name = "any", .type = OptionType::any, .doc = "", .secret = true}}};
  Setting nested;
  nested.kind = Setting::Kind::map;
  nested.fields.push_back({"x", {}, Setting::plain("471147114711471147114711")});
  Setting list;
  list.kind = Setting::Kind::list;
  list.items.push_back(nested);
  list.items.push_back(Setting::plain("4711"));
  std::vector<Setting> wrong = {Setting::quoted_text("s3cret-4711"),
                                Setting::plain("4711"),
                                Setting::plain("47.11"),
                                Setting::plain("471147114711471147114711"),
                                Setting::substituted_plain("12e4711"),
                                nested,
                                list};
  std::size_t said = 0;
  for (const OptionSpec& option : secrets.options) {
    for (const Setting& value : wrong) {
      Setting given;
      given.kind = Setting::Kind::map;
      given.fields.push_back({std::string(option.name), {}, value});
      Problems problems;
      Config(secrets, given).validate(problems);
      for (const Problem& problem : problems.list()) {
        ++said;
        EXPECT_EQ(problem.text.find("47"), std::string::npos) << problem.text;
      }
    }
  }
  EXPECT_GT(said, 40u);
}

}  // namespace
}  // namespace weir
