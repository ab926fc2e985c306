// file/read with follow: files that are rotated, rewritten, compressed, made up or out of reach.
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "harness.hpp"
#include "weir/reader_memory.hpp"

namespace weir::testing {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FileFollowMore : public ::testing::Test {
 protected:
  Setting follow(std::string_view name) const {
    return map({{"path", folder_.path(name)}, {"follow", "true"}});
  }
  Setting with(Setting config, std::string_view option, Setting value) const {
    config.fields.push_back({std::string(option), {}, std::move(value)});
    return config;
  }
  void rename(std::string_view from, std::string_view to) const {
    std::filesystem::rename(folder_.path(from), folder_.path(to));
  }
  const Folder folder_;
};

/// Root may read everything, so be nobody for a moment.
class Nobody {
 public:
  Nobody() {
    if (root_) {
      EXPECT_EQ(::seteuid(65534), 0);
    }
  }
  ~Nobody() {
    if (root_) {
      EXPECT_EQ(::seteuid(0), 0);
    }
  }

 private:
  const bool root_ = ::geteuid() == 0;
};

TEST_F(FileFollowMore, ReadsLateLinesOfARotatedFileUntilItHasLingered) {
  folder_.write("a", "1\n");
  Harness read("file/read", follow("a"));
  read.run();
  rename("a", "a.1");
  folder_.write("a", "2\n");
  read.run_for(minutes(4));
  folder_.append("a.1", "late\n");
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("1", "2", "late"));
  read.run_for(minutes(4));
  folder_.append("a.1", "later\n");
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("later")) << "it lingers from its last line on";
  read.run_for(minutes(6));
  EXPECT_TRUE(read.logged("it is read no more (linger)"));
}

TEST_F(FileFollowMore, ReadsAllFilesOfTwoRotationsInTheirOrder) {
  folder_.write("a", "1\n");
  Harness read("file/read", follow("a"));
  read.run();
  folder_.append("a", "2\n");
  rename("a", "a.1");
  folder_.write("a", "3\n");
  rename("a.1", "a.2");
  rename("a", "a.1");
  folder_.write("a", "4\n");
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("1", "2", "3", "4"));
}

TEST_F(FileFollowMore, ReadsTheOldestFirstThoughItIsFarBehind) {
  const auto lines = [](int from, int to) {
    std::string text;
    for (int i = from; i < to; ++i) text += std::to_string(i) + "\n";
    return text;
  };
  folder_.write("a", lines(0, 100'000));
  Harness read("file/read", follow("a"));
  read.step();
  rename("a", "a.1");
  folder_.write("a", lines(100'000, 200'000));
  read.step();
  read.step();
  rename("a.1", "a.2");
  rename("a", "a.1");
  folder_.write("a", lines(200'000, 200'010));
  read.run();
  const std::vector<std::string> texts = read.texts();
  ASSERT_EQ(texts.size(), 200'010u);
  for (std::size_t i = 0; i < texts.size(); ++i) ASSERT_EQ(texts[i], std::to_string(i));
}

TEST_F(FileFollowMore, NoticesAFileThatWasWrittenAnewWithTheSameSize) {
  folder_.write("a", "state=1\n");
  Harness read("file/read", follow("a"));
  read.run();
  folder_.write("a", "state=2\n");
  read.run_for(seconds(2));
  EXPECT_THAT(read.texts(), ElementsAre("state=1", "state=2"));
  EXPECT_TRUE(read.logged("was written anew"));
}

TEST_F(FileFollowMore, NoticesAFileThatWasWrittenAnewAndIsLonger) {
  folder_.write("a", "old 1\nold 2\n");
  Harness read("file/read", follow("a"));
  read.run();
  folder_.write("a", "new 1\nnew 2\nnew 3\n");
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("old 1", "old 2", "new 1", "new 2", "new 3"));
}

TEST_F(FileFollowMore, TakesATouchedFileForTheSame) {
  folder_.write("a", "1\n");
  Harness read("file/read", follow("a"));
  read.run();
  std::filesystem::last_write_time(folder_.path("a"),
                                   std::filesystem::file_time_type::clock::now() + seconds(5));
  read.run_for(seconds(3));
  EXPECT_THAT(read.texts(), ElementsAre("1"));
}

TEST_F(FileFollowMore, RestsAtTheEndOfAFileThatIsMadeUp) {
  Harness read("file/read", map({{"path", "/proc/self/mounts"}, {"follow", "true"}}));
  read.run();
  const std::size_t lines = read.take().size();
  EXPECT_GT(lines, 0u);
  read.run_for(seconds(10));
  EXPECT_LE(read.take().size(), lines);
  EXPECT_FALSE(read.logged("truncated"));
  EXPECT_EQ(read.times_logged("once a second"), 1u);
}

TEST_F(FileFollowMore, SaysOnceWhatItMayNotReadAndShowsIt) {
  folder_.write("a.log", "a\n");
  for (const char* name : {"b.log", "c.log", "d.log"}) {
    folder_.write(name, "x\n");
    ::chmod(folder_.path(name).c_str(), 0);
  }
  ::chmod(folder_.path("").c_str(), 0755);
  Harness read("file/read", follow("*.log"));
  {
    const Nobody nobody;
    read.run_for(seconds(10));
  }
  EXPECT_THAT(read.texts(), ElementsAre("a"));
  ASSERT_EQ(read.reports().size(), 1u);
  for (const char* name : {"b.log", "c.log", "d.log"}) {
    EXPECT_THAT(read.reports()[0].second, HasSubstr(name));
  }
  EXPECT_THAT(read.state, HasSubstr("Permission denied"));
  EXPECT_FALSE(read.logged("waiting for it"));
  for (const char* name : {"b.log", "c.log", "d.log"}) ::chmod(folder_.path(name).c_str(), 0644);
  read.run_for(seconds(3));
  EXPECT_THAT(read.texts(), ElementsAre("x", "x", "x"));
  EXPECT_EQ(read.state, "");
}

TEST_F(FileFollowMore, SaysThatAFileIsOutOfReachAndNotThatThereIsNone) {
  std::filesystem::create_directory(folder_.path("d"));
  folder_.write("d/a", "x\n");
  ::chmod(folder_.path("d").c_str(), 0);
  Harness read("file/read", follow("d/a"));
  {
    const Nobody nobody;
    read.run_for(seconds(5));
  }
  EXPECT_FALSE(read.logged("waiting for it"));
  ASSERT_EQ(read.reports().size(), 1u);
  EXPECT_THAT(read.reports()[0].second, HasSubstr("Permission denied"));
  ::chmod(folder_.path("d").c_str(), 0755);
  read.run_for(seconds(3));
  EXPECT_THAT(read.texts(), ElementsAre("x"));
}

TEST_F(FileFollowMore, HasFewFilesOpenAtOnce) {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit limit{64, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &limit);
  {
    for (int i = 0; i < 200; ++i) folder_.write(std::to_string(i) + ".log", "x\n");
    Harness read("file/read", follow("*.log"));
    read.run();
    EXPECT_EQ(read.take().size(), 200u);
    for (int i = 0; i < 200; ++i) folder_.append(std::to_string(i) + ".log", "y\n");
    read.run();
    EXPECT_EQ(read.take().size(), 200u);
    EXPECT_THAT(read.reports(), IsEmpty());
    // A file that was closed meanwhile is known by its new name.
    rename("0.log", "renamed.log");
    read.run();
    folder_.append("renamed.log", "z\n");
    read.run();
    EXPECT_THAT(read.texts(), ElementsAre("z"));
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST_F(FileFollowMore, LeavesToOthersWhatIsKeptForThem) {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit limit{64, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &limit);
  {
    Harness read("file/read", follow("*.log"));
    read.run();
    // Others have all but a few of those that are not kept.
    std::vector<int> others;
    while (others.empty() || others.back() < 44) others.push_back(::dup(0));
    for (int i = 0; i < 50; ++i) folder_.write(std::to_string(i) + ".log", "x\n");
    read.run();
    EXPECT_EQ(read.take().size(), 50u);
    const int next = ::dup(0);
    EXPECT_LE(next, 48 + 1);
    ::close(next);
    for (const int other : others) ::close(other);
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST_F(FileFollowMore, FindsFilesInNewFoldersAndLeavesOutWhatIsExcluded) {
  Harness read("file/read", with(follow("**/*.{log,txt}"), "exclude", quoted("x*")));
  read.run();
  std::filesystem::create_directories(folder_.path("new/deep"));
  folder_.write("new/deep/a.log", "a\n");
  folder_.write("new/xa.log", "no\n");
  folder_.write("b.txt", "b\n");
  read.run();
  read.run();
  EXPECT_THAT(read.texts(), ::testing::UnorderedElementsAre("a", "b"));
}

TEST_F(FileFollowMore, FollowsALinkToWhereItsFileLies) {
  std::filesystem::create_directories(folder_.path("real"));
  folder_.write("real/a", "1\n");
  std::filesystem::create_symlink(folder_.path("real/a"), folder_.path("link"));
  Harness read("file/read", follow("link"));
  read.run();
  folder_.append("real/a", "2\n");
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("1", "2"));
}

TEST_F(FileFollowMore, PassesOverCompressedFilesAndReadsOlderOnesFirst) {
  folder_.write("app.log", "4\n");
  folder_.write("app.log.1", "3\n");
  folder_.write("app.log.10", "1\n");
  folder_.write("app.log.9", "2\n");
  folder_.write("app.log.11.gz", std::string("\x1F\x8B\x08\0binary\n", 11));
  for (const char* follow : {"false", "true"}) {
    Harness read("file/read", map({{"path", folder_.path("app.log*")}, {"follow", follow}}));
    read.run();
    EXPECT_THAT(read.texts(), ElementsAre("1", "2", "3", "4"));
    EXPECT_EQ(read.times_logged("is passed over: it is compressed (gzip)"), 1u);
  }
}

TEST(FileReadMore, MarksWhereEachFileBegins) {
  const Folder folder;
  folder.write("a",
               "\xEF\xBB\xBF"
               "a1\na2\n");
  folder.write("b", "b1\n");
  Harness read("file/read", map({{"path", list({folder.path("a"), folder.path("b")})}}));
  read.run();
  const std::vector<Packet> packets = read.take();
  ASSERT_EQ(packets.size(), 3u);
  EXPECT_EQ(text_of(packets[0]), "a1") << "without the byte order mark";
  EXPECT_TRUE(packets[0].begins_input());
  EXPECT_FALSE(packets[1].begins_input());
  EXPECT_EQ(packets[0].input(), packets[1].input());
  EXPECT_TRUE(packets[2].begins_input());
  EXPECT_NE(packets[2].input(), packets[0].input());
  EXPECT_TRUE(packets[2].share().begins_input());
}

TEST(FileReadMore, FailsAtItsEndIfItCouldNotReadAFile) {
  const Folder folder;
  folder.write("a.log", "a\n");
  folder.write("b.log", "b\n");
  folder.write("c.log", "c\n");
  ::chmod(folder.path("b.log").c_str(), 0);
  ::chmod(folder.path("").c_str(), 0755);
  Harness read("file/read", map({{"path", folder.path("*.log")}}));
  std::string failure;
  {
    const Nobody nobody;
    try {
      read.run();
    } catch (const Failure& thrown) {
      failure = thrown.what();
    }
  }
  EXPECT_THAT(read.texts(), ElementsAre("a", "c"));
  EXPECT_THAT(failure, HasSubstr("Permission denied"));
}

TEST(FileReadMore, ReadsAFileWithTwoNamesOnce) {
  const Folder folder;
  folder.write("a.log", "a\n");
  std::filesystem::create_hard_link(folder.path("a.log"), folder.path("b.log"));
  for (const char* follow : {"false", "true"}) {
    Harness read("file/read", map({{"path", folder.path("*.log")}, {"follow", follow}}));
    read.run();
    EXPECT_THAT(read.texts(), ElementsAre("a"));
  }
}

TEST(FileReadMore, NamesGlobWhereBracketsMayBePartOfTheName) {
  const Folder folder;
  folder.write("a[1].log", "x\n");
  Harness read("file/read", map({{"path", folder.path("a[1].log")}}));
  try {
    read.start();
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("to read it, set glob: false"));
  }
}

TEST(FileReadMore, FailsALineForWhichTheBudgetHasNoRoom) {
  const Folder folder;
  const std::size_t mib = std::size_t{1} << 20;
  folder.write("a", std::string(7 * mib, 'x') + "\n" + std::string(9 * mib, 'y') + "\nafter\n");
  Harness read("file/read", map({{"path", folder.path("a")}, {"max_line", "64MiB"}}));
  ReaderMemory::set_budget(16 * mib);
  read.run();
  ReaderMemory::set_budget(0);
  std::vector<Packet> packets = read.take();
  ASSERT_EQ(packets.size(), 2u);
  EXPECT_EQ(packets[0].size_bytes(), 7 * mib);
  EXPECT_EQ(text_of(packets[1]), "after");
  ASSERT_EQ(read.failed().size(), 1u);
  EXPECT_EQ(read.failed()[0].kind, "too_long");
  EXPECT_THAT(read.failed()[0].text, HasSubstr("a line of 9437184 bytes needs more memory than the "
                                               "budget of 16MiB"));
}

TEST(CsvParseFiles, EachHasAHeaderOfItsOwn) {
  const Folder folder;
  folder.write("a.csv", "id,name\n1,x\n");
  folder.write("b.csv", "name,id\ny,2\n");
  Harness read("file/read", map({{"path", folder.path("*.csv")}, {"follow", "true"}}));
  Harness csv("csv/parse");
  const auto pass_on = [&] {
    read.run();
    for (Packet& packet : read.take()) csv.send(std::move(packet));
    csv.run();
  };
  pass_on();
  // Their lines are mixed.
  folder.append("a.csv", "3,z\n");
  pass_on();
  folder.append("b.csv", "w,4\n");
  pass_on();
  EXPECT_THAT(csv.texts(), ElementsAre(R"({"id":"1","name":"x"})", R"({"name":"y","id":"2"})",
                                       R"({"id":"3","name":"z"})", R"({"name":"w","id":"4"})"));
}

TEST(CsvParseFiles, ARotatedFileHasAHeaderToo) {
  const Folder folder;
  folder.write("a.csv", "id,name\n1,x\n");
  Harness read("file/read", map({{"path", folder.path("a.csv")}, {"follow", "true"}}));
  Harness csv("csv/parse");
  read.run();
  std::filesystem::rename(folder.path("a.csv"), folder.path("a.csv.1"));
  folder.write("a.csv", "name,id\ny,2\n");
  folder.append("a.csv.1", "3,z\n");
  read.run();
  for (Packet& packet : read.take()) csv.send(std::move(packet));
  csv.run();
  EXPECT_THAT(csv.texts(), ElementsAre(R"({"id":"1","name":"x"})", R"({"id":"3","name":"z"})",
                                       R"({"name":"y","id":"2"})"));
}

}  // namespace
}  // namespace weir::testing
