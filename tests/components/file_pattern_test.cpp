#include "file/_pattern.hpp"

#include <gmock/gmock.h>

#include <filesystem>

#include "file/_series.hpp"
#include "harness.hpp"

namespace weir::components {
namespace {

using ::testing::ElementsAre;

bool matches(const std::string& pattern, const std::string& path) {
  for (const PathPattern& each : PathPattern::parse(pattern)) {
    if (each.matches(path)) return true;
  }
  return false;
}

TEST(PathPattern, MatchesAsShellsDo) {
  EXPECT_TRUE(matches("a/*.log", "a/b.log"));
  EXPECT_FALSE(matches("a/*.log", "a/b/c.log"));
  EXPECT_FALSE(matches("*.log", ".hidden.log"));
  EXPECT_TRUE(matches("a/**/*.log", "a/b.log"));
  EXPECT_TRUE(matches("a/**/*.log", "a/b/c/d.log"));
  EXPECT_FALSE(matches("a/**/*.log", "b/c.log"));
  EXPECT_FALSE(matches("a/**/*.log", "a/.git/c.log"));
  EXPECT_TRUE(matches("/logs/**", "/logs/a/b"));
  EXPECT_FALSE(matches("/logs/**", "logs/a"));
  EXPECT_TRUE(matches("{a,b}*.log", "b1.log"));
  EXPECT_TRUE(matches("{a,{b,c}/d}", "c/d"));
  EXPECT_FALSE(matches("{a,b}", "c"));
  EXPECT_TRUE(matches("{a}", "{a}"));
  EXPECT_TRUE(matches("a\\*", "a*"));
  EXPECT_FALSE(matches("a\\*", "ab"));
  EXPECT_TRUE(matches("./a//b", "a/b"));
}

TEST(PathPattern, FindsWhatItMatches) {
  const weir::testing::Folder folder;
  for (const char* name : {"x", "x/y", ".hidden"}) {
    std::filesystem::create_directories(folder.path(name));
  }
  for (const char* name : {"a.log", "x/b.log", "x/y/c.log", ".hidden/d.log", "x/e.txt"}) {
    folder.write(name, "");
  }
  // A circle.
  std::filesystem::create_directory_symlink(folder.path(""), folder.path("x/loop"));
  const std::string start = folder.path("");
  std::set<std::string> found;
  const PatternVisitor visitor{.file = [&](const std::string& path) {
    found.insert(path.substr(start.size()));
    EXPECT_TRUE(matches(start + "**/*.log", path));
  }};
  for (const PathPattern& each : PathPattern::parse(start + "**/*.log")) each.expand(visitor);
  EXPECT_THAT(found, ElementsAre("a.log", "x/b.log", "x/y/c.log"));
}

TEST(Series, ComeOldestFirst) {
  std::vector<std::string> paths{
      "b.log",          "app.log", "app.log.10", "app.log.2.gz", "app.log.1", "b.log-20240201",
      "b.log-20240131", "x.001",   "x.002",      "p.1",          "p.2"};
  sort_oldest_first(paths);
  EXPECT_THAT(paths,
              ElementsAre("app.log.10", "app.log.2.gz", "app.log.1", "app.log", "b.log-20240131",
                          "b.log-20240201", "b.log", "p.1", "p.2", "x.001", "x.002"));
}

}  // namespace
}  // namespace weir::components
