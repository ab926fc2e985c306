// file/write when others touch its file: removed, renamed, written by a second one, torn by a
// crash, on a disk that is full.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "harness.hpp"
#include "weir/outputs.hpp"

namespace weir::testing {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FileWriteOutside : public ::testing::Test {
 protected:
  Setting config() const { return map({{"path", folder_.path("a")}}); }
  void rename(std::string_view from, std::string_view to) const {
    std::filesystem::rename(folder_.path(from), folder_.path(to));
  }
  std::string start_failure(Harness& harness) const {
    try {
      harness.start();
    } catch (const Failure& failure) {
      return failure.what();
    }
    return "none";
  }
  const Folder folder_;
};

TEST_F(FileWriteOutside, OpensARemovedFileAnewBeforeTheNextLine) {
  Harness write("file/write", config());
  write.send_bytes("1");
  write.run();
  std::filesystem::remove(folder_.path("a"));
  write.send_bytes("2");
  write.run();
  EXPECT_EQ(folder_.read("a"), "2\n");
  EXPECT_TRUE(write.logged("was removed by somebody else"));
}

TEST_F(FileWriteOutside, NoticesARenameWithinASecond) {
  Harness write("file/write", config());
  write.send_bytes("1");
  write.run();
  rename("a", "b");
  write.send_bytes("2");
  write.run();
  write.clock += seconds(1);
  write.send_bytes("3");
  write.run();
  EXPECT_EQ(folder_.read("b"), "1\n2\n");
  EXPECT_EQ(folder_.read("a"), "3\n");
  EXPECT_THAT(write.reports(), IsEmpty());
}

TEST_F(FileWriteOutside, OpensItsFileAnewWhenAsked) {
  Harness write("file/write", config());
  write.send_bytes("1");
  write.run();
  rename("a", "b");
  const unsigned before = write.woken;
  reopen_outputs();
  EXPECT_EQ(write.woken, before + 1);
  write.run();
  EXPECT_TRUE(std::filesystem::exists(folder_.path("a")));
  write.send_bytes("2");
  write.run();
  EXPECT_EQ(folder_.read("a"), "2\n");
  EXPECT_EQ(folder_.read("b"), "1\n");
}

TEST_F(FileWriteOutside, KeepsWhatItCannotWriteWhileThePathCannotBeOpened) {
  std::filesystem::create_directory(folder_.path("d"));
  Harness write("file/write", map({{"path", folder_.path("d/a")}}));
  write.send_bytes("1");
  write.run();
  std::filesystem::remove_all(folder_.path("d"));
  write.send_bytes("2");
  write.run_for(seconds(10));
  ASSERT_EQ(write.reports().size(), 1u) << "it must be said once";
  EXPECT_THAT(write.reports()[0].second, HasSubstr("create the folder first"));
  EXPECT_THAT(write.state, HasSubstr("cannot write"));
  std::filesystem::create_directory(folder_.path("d"));
  write.run_for(seconds(2));
  EXPECT_EQ(folder_.read("d/a"), "2\n");
  EXPECT_EQ(write.state, "");
}

TEST_F(FileWriteOutside, RefusesAFileThatAnotherProgramLocks) {
  folder_.write("a", "theirs\n");
  const int other = ::open(folder_.path("a").c_str(), O_WRONLY | O_APPEND);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  Harness write("file/write", map({{"path", folder_.path("a")}, {"append", "false"}}));
  EXPECT_THAT(start_failure(write), HasSubstr("give each a file of its own"));
  EXPECT_EQ(folder_.read("a"), "theirs\n") << "emptied before it was locked";
  ::close(other);
}

TEST_F(FileWriteOutside, HoldsTheLockOfTheFileThatItOpenedAnew) {
  Harness write("file/write", config());
  write.start();
  rename("a", "b");
  reopen_outputs();
  write.run();
  const int other = ::open(folder_.path("a").c_str(), O_WRONLY);
  EXPECT_NE(::flock(other, LOCK_EX | LOCK_NB), 0);
  ::close(other);
  const int old = ::open(folder_.path("b").c_str(), O_WRONLY);
  EXPECT_EQ(::flock(old, LOCK_EX | LOCK_NB), 0);
  ::close(old);
}

TEST_F(FileWriteOutside, WaitsForAnotherProcessOfThisProgram) {
  auto first = std::make_unique<Harness>("file/write", config());
  first->start();
  Harness second("file/write", config());
  second.send_bytes("2");
  second.run_for(seconds(3));
  EXPECT_EQ(folder_.read("a"), "");
  EXPECT_THAT(second.state, HasSubstr("another process of this program"));
  first.reset();
  second.run_for(seconds(2));
  EXPECT_EQ(folder_.read("a"), "2\n");
}

TEST_F(FileWriteOutside, MovesATornLineOutOfTheWay) {
  const std::string torn(100'000, 't');
  std::string content = "whole\n";
  content += torn;
  folder_.write("a", content);
  Harness write("file/write", config());
  write.send_bytes("next");
  write.run();
  EXPECT_EQ(folder_.read("a"), "whole\nnext\n");
  content = torn;
  content += '\n';
  EXPECT_EQ(folder_.read("a.torn"), content);
  EXPECT_TRUE(write.logged("the 100000 bytes of it were moved to"));
}

TEST_F(FileWriteOutside, BeginsOnANewLineIfATornOneCannotBeMoved) {
  folder_.write("a", "whole\ntorn");
  std::filesystem::create_directory(folder_.path("a.torn"));
  Harness write("file/write", config());
  write.send_bytes("next");
  write.run();
  EXPECT_EQ(folder_.read("a"), "whole\ntorn\nnext\n");
  EXPECT_TRUE(write.logged("could not be moved"));
}

/// Nobody may write files beyond a size meanwhile: a disk that is full.
class SizeLimit {
 public:
  explicit SizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~SizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(FileWriteOutside, KeepsWholeLinesAloneWhenTheDiskFillsUp) {
  Harness write("file/write", config());
  for (int i = 0; i < 4; ++i) write.send_bytes("123456789");
  {
    const SizeLimit limit(25);
    write.run();
    EXPECT_EQ(folder_.read("a"), "123456789\n123456789\n");
    EXPECT_EQ(write.ended_packets(Ended::consumed), 2u);
    EXPECT_THAT(write.state, HasSubstr("disk full"));
  }
  write.run_for(seconds(2));
  EXPECT_EQ(folder_.read("a"), "123456789\n123456789\n123456789\n123456789\n");
  EXPECT_TRUE(write.logged("there is room again, nothing was lost"));
  EXPECT_EQ(write.state, "");
}

TEST_F(FileWriteOutside, CutsNothingThatOthersAdded) {
  folder_.write("a", "theirs\n");
  Harness write("file/write", config());
  write.start();
  // Somebody who does not ask for the lock.
  folder_.append("a", "unseen\n");
  for (int i = 0; i < 4; ++i) write.send_bytes("123456789");
  {
    const SizeLimit limit(30);
    write.run();
  }
  EXPECT_EQ(folder_.read("a"), "theirs\nunseen\n123456789\n");
  write.run_for(seconds(2));
  EXPECT_EQ(folder_.read("a"), "theirs\nunseen\n123456789\n123456789\n123456789\n123456789\n");
}

TEST_F(FileWriteOutside, SaysHowManyPacketsAFullDiskHasFailed) {
  Harness write("file/write", map({{"path", folder_.path("a")}, {"when_full", "fail"}}));
  for (int i = 0; i < 4; ++i) write.send_bytes("123456789");
  {
    const SizeLimit limit(25);
    write.run();
  }
  EXPECT_EQ(write.failed().size(), 2u);
  write.send_bytes("later");
  write.run();
  EXPECT_EQ(folder_.read("a"), "123456789\n123456789\nlater\n");
  EXPECT_TRUE(write.logged("2 packets went to the error port meanwhile"));
}

}  // namespace
}  // namespace weir::testing
