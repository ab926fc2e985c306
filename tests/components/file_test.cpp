#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "harness.hpp"
#include "weir/text.hpp"

namespace weir::testing {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string start_failure(Harness& harness) {
  try {
    harness.start();
  } catch (const Failure& failure) {
    return failure.kind() + ": " + failure.what();
  }
  return "none";
}

TEST(FileRead, SendsLines) {
  const Folder folder;
  folder.write("a", "one\n\nthree\r\nlast");
  Harness read("file/read", map({{"path", folder.path("a")}}));
  read.run();
  EXPECT_TRUE(read.done());
  EXPECT_THAT(read.texts(), ElementsAre("one", "", "three\r", "last"));
}

TEST(FileRead, StripsCarriageReturnsIfAsked) {
  const Folder folder;
  folder.write("a", "one\r\n\r\ntwo\rx\n");
  Harness read("file/read", map({{"path", folder.path("a")}, {"strip_cr", "true"}}));
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("one", "", "two\rx"));
}

TEST(FileRead, OfAnEmptyFileEnds) {
  const Folder folder;
  folder.write("a", "");
  Harness read("file/read", map({{"path", folder.path("a")}}));
  read.run();
  EXPECT_TRUE(read.done());
  EXPECT_THAT(read.texts(), IsEmpty());
}

TEST(FileRead, KeepsEveryByteAcrossChunks) {
  const Folder folder;
  std::string content;
  std::vector<std::string> lines;
  for (unsigned i = 0; i < 20'000; ++i) {
    lines.push_back(std::to_string(i) + std::string(i * 7919 % 97, 'x'));
    content += lines.back() + "\n";
  }
  folder.write("a", content);
  Harness read("file/read", map({{"path", folder.path("a")}}));
  read.run();
  EXPECT_EQ(read.texts(), lines);
}

TEST(FileRead, HonoursRoom) {
  const Folder folder;
  folder.write("a", "1\n2\n3\n4\n5");
  Harness read("file/read", map({{"path", folder.path("a")}}));
  read.room_limit = 2;
  std::vector<std::string> all;
  while (!read.done()) {
    read.step();
    const auto some = read.texts();
    EXPECT_LE(some.size(), 2u);
    all.insert(all.end(), some.begin(), some.end());
  }
  EXPECT_THAT(all, ElementsAre("1", "2", "3", "4", "5"));
  read.room_limit = 0;
}

TEST(FileRead, ReadsThePatternsFilesByName) {
  const Folder folder;
  folder.write("b.log", "b\n");
  folder.write("a.log", "a\n");
  folder.write("c.txt", "c\n");
  std::filesystem::create_directory(folder.path("d.log"));
  Harness read("file/read", map({{"path", folder.path("*.log")}}));
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("a", "b"));
  EXPECT_THAT(read.reports(), IsEmpty());
}

TEST(FileRead, TakesPatternCharactersLiterallyIfAsked) {
  const Folder folder;
  folder.write("a[1].log", "x\n");
  Harness read("file/read", map({{"path", folder.path("a[1].log")}, {"glob", "false"}}));
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("x"));
}

TEST(FileRead, SaysWhyItCannotStart) {
  const Folder folder;
  Harness missing("file/read", map({{"path", folder.path("no")}}));
  EXPECT_THAT(start_failure(missing), HasSubstr("No such file or directory; check the path"));
  Harness none("file/read", map({{"path", folder.path("*.log")}}));
  EXPECT_THAT(start_failure(none), HasSubstr("no file matches"));
  Harness directory("file/read", map({{"path", folder.path("")}}));
  EXPECT_THAT(start_failure(directory), HasSubstr("it is a folder"));
  Harness followed("file/read", map({{"path", folder.path("")}, {"follow", "true"}}));
  EXPECT_THAT(start_failure(followed), HasSubstr("it is a folder"));
}

TEST(FileRead, SaysThatAFileIsUnreadable) {
  const Folder folder;
  folder.write("a", "x\n");
  ::chmod(folder.path("a").c_str(), 0);
  Harness read("file/read", map({{"path", folder.path("a")}}));
  // Root may read everything, so be nobody for a moment.
  const uid_t user = ::geteuid();
  if (user == 0) {
    ASSERT_EQ(::seteuid(65534), 0);
  }
  const std::string failure = start_failure(read);
  if (user == 0) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  EXPECT_THAT(failure, HasSubstr("the user that runs weir needs permission to read it"));
}

TEST(FileRead, RefusesToReadTheEndWithoutFollowing) {
  EXPECT_EQ(problems_of("file/read", map({{"path", "a"}, {"from", "end"}})).size(), 1u);
  EXPECT_EQ(problems_of("file/read", map({{"path", quoted("")}})).size(), 1u);
}

TEST(FileRead, PassesOverLinesThatAreTooLong) {
  const Folder folder;
  folder.write("a", "short\n");
  // 64 MiB of zeros that take no disk.
  ASSERT_EQ(::truncate(folder.path("a").c_str(), 64 << 20), 0);
  folder.append("a", "\nafter\n" + std::string(11, 'y') + "\nend");
  Harness read("file/read", map({{"path", folder.path("a")}, {"max_line", "10"}}));
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("short", "after", "end"));
  ASSERT_EQ(read.failed().size(), 2u);
  EXPECT_EQ(read.failed()[0].kind, "too_long");
  EXPECT_THAT(read.failed()[0].text, HasSubstr("a line of 67108858 bytes is longer than max_line"));
  EXPECT_EQ(read.failed()[0].packet.size_bytes(), 1024u);
  EXPECT_EQ(read.failed()[1].packet.as_bytes(), "yyyyyyyyyyy");
}

TEST(FileRead, TakesLinesOfExactlyTheLimit) {
  const Folder folder;
  folder.write("a", std::string(1 << 20, 'x') + "\n" + std::string((1 << 20) + 1, 'y') + "\n");
  Harness read("file/read", map({{"path", folder.path("a")}}));
  read.run();
  EXPECT_EQ(read.take().size(), 1u);
  ASSERT_EQ(read.failed().size(), 1u);
}

TEST(FileRead, HoldsLittleMemoryForALongLine) {
  const Folder folder;
  folder.write("a", "");
  ASSERT_EQ(::truncate(folder.path("a").c_str(), off_t{1} << 30), 0);
  Harness read("file/read", map({{"path", folder.path("a")}}));
  const auto peak_kib = [] {
    std::FILE* file = std::fopen("/proc/self/status", "r");
    char line[256];
    long value = 0;
    while (std::fgets(line, sizeof line, file) != nullptr) std::sscanf(line, "VmHWM: %ld", &value);
    std::fclose(file);
    return value;
  };
  const long before = peak_kib();
  read.run();
  EXPECT_LT(peak_kib() - before, 64 * 1024);
  ASSERT_EQ(read.failed().size(), 1u);
  EXPECT_THAT(read.failed()[0].text, HasSubstr("a line of 1073741824 bytes"));
}

TEST(FileRead, StopsInTheMiddleOfAFile) {
  const Folder folder;
  folder.write("a", "1\n2\n3\npart");
  Harness read("file/read", map({{"path", folder.path("a")}}));
  read.room_limit = 1;
  read.step();
  read.stop_asked = true;
  read.room_limit = 100;
  read.run();
  EXPECT_TRUE(read.done());
  EXPECT_THAT(read.texts(), ElementsAre("1", "2", "3"));
  EXPECT_TRUE(read.logged("stopped reading"));
}

TEST(FileRead, ReadsPipesToTheirEnd) {
  const Folder folder;
  const std::string path = folder.path("pipe");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  Harness read("file/read", map({{"path", path}}));
  read.run();
  EXPECT_FALSE(read.done());
  const int writer = ::open(path.c_str(), O_WRONLY);
  ASSERT_EQ(::write(writer, "one\ntw", 6), 6);
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("one"));
  ::close(writer);
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("tw"));
  EXPECT_TRUE(read.done());
}

class FileFollow : public ::testing::Test {
 protected:
  Setting follow(std::string_view name) {
    return map({{"path", folder_.path(name)}, {"follow", "true"}});
  }
  void rename(std::string_view from, std::string_view to) {
    std::filesystem::rename(folder_.path(from), folder_.path(to));
  }
  Folder folder_;
};

TEST_F(FileFollow, WaitsForTheFileToGrow) {
  folder_.write("a", "one\ntw");
  Harness read("file/read", follow("a"));
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("one"));
  folder_.append("a", "o\nthree\n");
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("two", "three"));
  read.stop_asked = true;
  read.run();
  EXPECT_TRUE(read.done());
}

TEST_F(FileFollow, WaitsForAFileThatIsNotThere) {
  Harness read("file/read", follow("a"));
  read.run();
  EXPECT_TRUE(read.logged("waiting for it"));
  folder_.write("a", "one\n");
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("one"));
}

TEST_F(FileFollow, FinishesARenamedFileBeforeTheNewOne) {
  folder_.write("a", "1\n");
  Setting config = follow("a");
  config.fields.push_back({"linger", {}, Setting::plain("5s")});
  Harness read("file/read", config);
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("1"));
  folder_.append("a", "2\n");
  rename("a", "a.1");
  folder_.append("a.1", "3\n");
  folder_.write("a", "4\n");
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("2", "3", "4"));
  // The writer has not noticed yet.
  folder_.append("a.1", "late\nunfinished");
  folder_.append("a", "5\n");
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("late", "5"));
  read.run_for(seconds(10));
  EXPECT_THAT(read.texts(), ElementsAre("unfinished"));
  folder_.append("a", "6\n");
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("6"));
}

TEST_F(FileFollow, KeepsTheOrderOfALongRotatedFile) {
  folder_.write("a", "");
  Harness read("file/read", follow("a"));
  read.run();
  std::vector<std::string> expected;
  std::string content;
  for (int i = 0; i < 100'000; ++i) {
    expected.push_back(std::to_string(i));
    content += expected.back() + "\n";
  }
  folder_.append("a", content);
  rename("a", "b");
  folder_.write("a", content);
  const std::vector<std::string> once = expected;
  expected.insert(expected.end(), once.begin(), once.end());
  read.run();
  EXPECT_EQ(read.texts(), expected);
}

TEST_F(FileFollow, StartsAgainAfterTruncation) {
  folder_.write("a", "one\ntwo\npart");
  Harness read("file/read", follow("a"));
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("one", "two"));
  folder_.write("a", "new\n");
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("new"));
  EXPECT_TRUE(read.logged("was truncated"));
  ASSERT_EQ(read.failed().size(), 1u);
  EXPECT_EQ(read.failed()[0].kind, "incomplete");
  EXPECT_EQ(read.failed()[0].packet.as_bytes(), "part");
}

TEST_F(FileFollow, PicksUpNewFilesThatMatch) {
  folder_.write("a.log", "a\n");
  Harness read("file/read", follow("*.log"));
  read.run();
  folder_.write("b.log", "b\n");
  read.run();
  folder_.append("a.log", "aa\n");
  folder_.append("b.log", "bb\n");
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("a", "b", "aa", "bb"));
}

TEST_F(FileFollow, FollowsManyFilesAndRests) {
  for (int i = 0; i < 40; ++i) folder_.write(std::to_string(i) + ".log", "x\n");
  Harness read("file/read", follow("*.log"));
  read.run();
  EXPECT_EQ(read.take().size(), 40u);
  EXPECT_EQ(read.step(), Step::waiting);
}

TEST_F(FileFollow, DoesNotReadARenamedFileTwice) {
  folder_.write("a.log", "a\n");
  Harness read("file/read", follow("*.log*"));
  read.run();
  rename("a.log", "a.log.1");
  folder_.write("a.log", "new\n");
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("a", "new"));
}

TEST_F(FileFollow, BeginsAtTheEndIfAsked) {
  folder_.write("a", "old\nunfinished");
  Setting config = follow("a");
  config.fields.push_back({"from", {}, Setting::plain("end")});
  Harness read("file/read", config);
  read.run();
  EXPECT_THAT(read.texts(), IsEmpty());
  folder_.append("a", " line\nnew\n");
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("unfinished line", "new"));
}

TEST_F(FileFollow, NoticesChangesWithoutNewsToo) {
  // A file reached by a symbolic link: nothing watches its own folder for new names.
  std::filesystem::create_directory(folder_.path("real"));
  folder_.write("real/one", "1\n");
  std::filesystem::create_symlink("real/one", folder_.path("link"));
  Harness read("file/read", follow("link"));
  read.run();
  folder_.write("real/two", "2\n");
  std::filesystem::remove(folder_.path("link"));
  std::filesystem::create_symlink("real/two", folder_.path("link"));
  read.run_for(seconds(3));
  EXPECT_THAT(read.texts(), ElementsAre("1", "2"));
}

std::vector<Packet> lines(std::initializer_list<const char*> texts) {
  std::vector<Packet> packets;
  for (const char* text : texts) packets.push_back(Packet::copy_bytes(text));
  return packets;
}

TEST(FileWrite, WritesEachPayloadAsALine) {
  const Folder folder;
  Harness write("file/write", map({{"path", folder.path("a")}}));
  write.send_bytes("text");
  write.send(document(R"({ "a": 1 })"));
  write.send(Packet::integer(-5));
  write.send(Packet::real(0.5));
  write.send(Packet::nothing());
  write.end_input();
  write.run();
  EXPECT_TRUE(write.done());
  EXPECT_EQ(folder.read("a"), "text\n{\"a\":1}\n-5\n0.5\n");
  EXPECT_EQ(write.ended_packets(Ended::consumed), 4u);
  ASSERT_EQ(write.failed().size(), 1u);
  EXPECT_EQ(write.failed()[0].kind, "type");
}

TEST(FileWrite, WritesAtTheEndOfEveryStep) {
  const Folder folder;
  Harness write("file/write", map({{"path", folder.path("a")}}));
  write.send_bytes("x");
  write.step();
  EXPECT_EQ(folder.read("a"), "x\n");
}

TEST(FileWrite, AppendsOrStartsAnew) {
  const Folder folder;
  folder.write("a", "old\n");
  Harness("file/write", map({{"path", folder.path("a")}})).run_with(lines({"new"}));
  EXPECT_EQ(folder.read("a"), "old\nnew\n");
  Harness("file/write", map({{"path", folder.path("a")}, {"append", "false"}}))
      .run_with(lines({"only"}));
  EXPECT_EQ(folder.read("a"), "only\n");
}

TEST(FileWrite, Rotates) {
  const Folder folder;
  Harness write("file/write",
                map({{"path", folder.path("a")}, {"rotate", map({{"size", "4"}, {"keep", "2"}})}}));
  write.run_with(lines({"1", "2", "3", "4", "5", "6", "7"}));
  EXPECT_EQ(folder.read("a"), "7\n");
  EXPECT_EQ(folder.read("a.1"), "5\n6\n");
  EXPECT_EQ(folder.read("a.2"), "3\n4\n");
  EXPECT_FALSE(std::filesystem::exists(folder.path("a.3")));
}

TEST(FileWrite, ExplainsMistakes) {
  const auto count = [](const Setting& rotate) {
    return problems_of("file/write", map({{"path", "a"}, {"rotate", rotate}})).size();
  };
  EXPECT_EQ(count(map({{"keep", "2"}})), 1u);
  EXPECT_EQ(count(map({{"size", "big"}})), 1u);
  EXPECT_EQ(count(map({{"size", "1MB"}, {"keep", "0"}})), 1u);
  EXPECT_EQ(count(map({{"size", "1MB"}, {"every", "1h"}})), 1u);
  EXPECT_EQ(count(map({{"size", "1MB"}, {"keep", "9"}})), 0u);
}

TEST(FileWrite, SaysWhyItCannotStart) {
  const Folder folder;
  Harness missing("file/write", map({{"path", folder.path("no/a")}}));
  EXPECT_THAT(start_failure(missing), HasSubstr("create the folder first: mkdir -p"));
  Harness directory("file/write", map({{"path", folder.path("")}}));
  EXPECT_THAT(start_failure(directory), HasSubstr("name a file in it"));
}

TEST(FileWrite, WaitsWhileTheDiskIsFull) {
  Harness write("file/write", map({{"path", "/dev/full"}}));
  for (Packet& packet : lines({"1", "2"})) write.send(std::move(packet));
  write.end_input();
  EXPECT_EQ(write.step(), Step::waiting);
  EXPECT_TRUE(write.timer.has_value());
  write.run_for(seconds(10));
  EXPECT_FALSE(write.done());
  ASSERT_EQ(write.reports().size(), 1u) << "it must not be said again every second";
  EXPECT_EQ(write.reports()[0].first, "disk_full");
  EXPECT_THAT(write.reports()[0].second, HasSubstr("trying again every second"));
  EXPECT_EQ(write.ended_packets(Ended::consumed), 0u);
}

TEST(FileWrite, FailsPacketsWhileTheDiskIsFullIfAsked) {
  Harness write("file/write", map({{"path", "/dev/full"}, {"when_full", "fail"}}));
  write.run_with(lines({"1", "2"}));
  EXPECT_TRUE(write.done());
  ASSERT_EQ(write.failed().size(), 2u);
  EXPECT_EQ(write.failed()[0].kind, "disk_full");
  EXPECT_EQ(write.failed()[0].packet.as_bytes(), "1");
}

TEST(FileWrite, WaitsForASlowPipe) {
  const Folder folder;
  const std::string path = folder.path("pipe");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
  Harness write("file/write", map({{"path", path}}));
  const std::string line(10'000, 'x');
  for (int i = 0; i < 20; ++i) write.send_bytes(line);
  write.end_input();
  write.run();
  EXPECT_FALSE(write.done());
  std::string all;
  char part[8192];
  while (!write.done()) {
    const ssize_t count = ::read(reader, part, sizeof part);
    ASSERT_GT(count, 0);
    all.append(part, static_cast<std::size_t>(count));
    write.run();
  }
  for (ssize_t count; (count = ::read(reader, part, sizeof part)) > 0;) {
    all.append(part, static_cast<std::size_t>(count));
  }
  EXPECT_EQ(all.size(), 20u * 10'001u);
  ::close(reader);
}

}  // namespace
}  // namespace weir::testing
