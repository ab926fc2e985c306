#include "cli/logging.hpp"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

namespace weir::cli {
namespace {

using testing::HasSubstr;
using testing::internal::CaptureStderr;
using testing::internal::GetCapturedStderr;

/// What a call of `act` writes to standard error.
template <class Act>
std::string written(const LogOptions& options, Act act) {
  set_up_logging(options);
  CaptureStderr();
  act();
  std::string text = GetCapturedStderr();
  set_up_logging({});
  return text;
}

TEST(Logging, TextHasTimeLevelAndMessage) {
  const std::string text = written({}, [] { spdlog::warn("look {}", 1); });
  EXPECT_THAT(text, testing::MatchesRegex(
                        "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z warning look 1\n"));
}

TEST(Logging, TextKeepsToOneLineAMessage) {
  const std::string text = written({}, [] { spdlog::info("a\nb\x1b[2J\x7f"); });
  EXPECT_THAT(text, HasSubstr("a\\x0ab\\x1b[2J\\x7f\n"));
}

TEST(Logging, JsonLinesAreValidWhateverTheMessage) {
  const std::string text =
      written({"json", "info"}, [] { spdlog::error("quote \" newline \n bad utf-8 \xff"); });
  ASSERT_EQ(text.find('\n'), text.size() - 1);
  const nlohmann::json line = nlohmann::json::parse(text);
  EXPECT_EQ(line.at("level"), "error");
  EXPECT_EQ(line.at("message"), "quote \" newline \n bad utf-8 \xef\xbf\xbd");
  EXPECT_TRUE(line.contains("time"));
}

TEST(Logging, LevelsBelowTheChosenOneAreSilent) {
  const auto act = [] {
    spdlog::info("quiet");
    say("quiet\n");
    spdlog::error("loud");
  };
  EXPECT_THAT(written({"text", "error"}, act), testing::EndsWith("error   loud\n"));
  EXPECT_EQ(written({"text", "off"}, act), "");
}

TEST(Logging, TablesAreShownAsTheyAreOrLineByLine) {
  EXPECT_EQ(written({}, [] { say("a\n  b\n"); }), "a\n  b\n");
  const std::string lines = written({"json", "info"}, [] { say("a\n  b\n\n"); });
  EXPECT_EQ(std::ranges::count(lines, '\n'), 2);
  EXPECT_THAT(lines, HasSubstr("\"message\":\"  b\"}"));
}

}  // namespace
}  // namespace weir::cli
