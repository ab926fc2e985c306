// stdin/read, stdout/write and core/print on the real descriptors 0 and 1.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "harness.hpp"

namespace weir::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Puts another descriptor in the place of a standard one, for its own lifetime.
class Redirected {
 public:
  Redirected(int standard, int instead) : standard_(standard), saved_(::dup(standard)) {
    std::fflush(stdout);
    ::dup2(instead, standard);
  }
  ~Redirected() {
    std::fflush(stdout);
    ::dup2(saved_, standard_);
    ::close(saved_);
  }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;

 private:
  int standard_;
  int saved_;
};

struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    reader = ends[0];
    writer = ends[1];
  }
  ~Pipe() {
    close_reader();
    close_writer();
  }
  void close_reader() {
    if (reader >= 0) ::close(reader);
    reader = -1;
  }
  void close_writer() {
    if (writer >= 0) ::close(writer);
    writer = -1;
  }
  void put(std::string_view text) const {
    EXPECT_EQ(::write(writer, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  std::string get(std::size_t most = 1 << 20) const {
    std::string text(most, '\0');
    const ssize_t count = ::read(reader, text.data(), text.size());
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
  }
  int reader = -1;
  int writer = -1;
};

TEST(StdinRead, ReadsAPipeAsItComes) {
  Pipe pipe;
  const Redirected input(STDIN_FILENO, pipe.reader);
  Harness read("stdin/read");
  pipe.put("one\n\ntw");
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("one", ""));
  pipe.put("o\nthree");
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("two"));
  EXPECT_FALSE(read.done());
  pipe.close_writer();
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("three"));
  EXPECT_TRUE(read.done());
  EXPECT_EQ(::fcntl(pipe.reader, F_GETFL) & O_NONBLOCK, 0);
}

TEST(StdinRead, ReadsAFileAndTheNullDevice) {
  const Folder folder;
  folder.write("a", "x\ny\n");
  for (const std::string& path : {folder.path("a"), std::string("/dev/null")}) {
    const int file = ::open(path.c_str(), O_RDONLY);
    const Redirected input(STDIN_FILENO, file);
    Harness read("stdin/read");
    read.run();
    EXPECT_TRUE(read.done());
    EXPECT_EQ(read.take().size(), path == "/dev/null" ? 0u : 2u);
    ::close(file);
  }
}

TEST(StdinRead, FailsTheLineInWhichItIsStopped) {
  Pipe pipe;
  const Redirected input(STDIN_FILENO, pipe.reader);
  Harness read("stdin/read");
  pipe.put("one\npart of");
  read.run();
  read.stop_asked = true;
  read.run();
  EXPECT_TRUE(read.done());
  EXPECT_THAT(read.texts(), ElementsAre("one"));
  ASSERT_EQ(read.failed().size(), 1u);
  EXPECT_EQ(read.failed()[0].kind, "incomplete");
  EXPECT_EQ(read.failed()[0].packet.as_bytes(), "part of");
}

TEST(StdinRead, PassesOverLinesThatAreTooLong) {
  Pipe pipe;
  const Redirected input(STDIN_FILENO, pipe.reader);
  Harness read("stdin/read", map({{"max_line", "100"}}));
  for (int i = 0; i < 20; ++i) {
    pipe.put(std::string(1000, 'x'));
    read.run();
  }
  pipe.put("\nnext\n");
  pipe.close_writer();
  read.run();
  EXPECT_THAT(read.texts(), ElementsAre("next"));
  ASSERT_EQ(read.failed().size(), 1u);
  EXPECT_EQ(read.failed()[0].kind, "too_long");
  EXPECT_THAT(read.failed()[0].text, HasSubstr("standard input: a line of 20000 bytes"));
  EXPECT_EQ(read.failed()[0].packet.size_bytes(), 1000u);
}

// Slices must stay as they are while the rest of their buffer is filled.
TEST(StdinRead, LeavesLinesAloneThatAreStillHeld) {
  Pipe pipe;
  const Redirected input(STDIN_FILENO, pipe.reader);
  Harness read("stdin/read");
  std::vector<Packet> held;
  std::vector<std::string> expected;
  for (int i = 0; i < 5000; ++i) {
    const std::string line = std::to_string(i) + std::string(static_cast<std::size_t>(i % 50), '.');
    const std::size_t half = line.size() / 2;
    pipe.put(line.substr(0, half));
    read.run();
    pipe.put(line.substr(half) + "\n");
    read.run();
    for (Packet& packet : read.take()) held.push_back(std::move(packet));
    expected.push_back(line);
  }
  std::vector<std::string> texts;
  for (const Packet& packet : held) texts.push_back(text_of(packet));
  EXPECT_EQ(texts, expected);
}

TEST(StdoutWrite, WritesLinesToAFile) {
  const Folder folder;
  const int file = ::open(folder.path("a").c_str(), O_WRONLY | O_CREAT, 0600);
  {
    const Redirected output(STDOUT_FILENO, file);
    Harness write("stdout/write");
    write.send_bytes("text");
    write.send(document(R"({"a":[1]})"));
    write.send(Packet::integer(3));
    write.send(Packet::nothing());
    write.end_input();
    write.run();
    EXPECT_TRUE(write.done());
    EXPECT_EQ(write.failed().size(), 1u);
  }
  ::close(file);
  EXPECT_EQ(folder.read("a"), "text\n{\"a\":[1]}\n3\n");
}

void writes_to_slow_reader(int writer, const Pipe& from) {
  const Redirected output(STDOUT_FILENO, writer);
  Harness write("stdout/write");
  std::string expected;
  for (int i = 0; i < 300; ++i) {
    const std::string line(static_cast<std::size_t>(i * 37 % 9000), 'a' + i % 26);
    write.send_bytes(line);
    expected += line + "\n";
  }
  write.end_input();
  write.run();
  EXPECT_FALSE(write.done());
  EXPECT_GT(write.available(0), 0u) << "a slow reader must hold the graph back";
  std::string seen;
  for (int i = 0; !write.done() && i < 10'000; ++i) {
    seen += from.get(16 * 1024);
    write.run();
  }
  while (seen.size() < expected.size()) seen += from.get();
  EXPECT_EQ(seen, expected);
}

TEST(StdoutWrite, WaitsForASlowPipe) {
  Pipe pipe;
  writes_to_slow_reader(pipe.writer, pipe);
  EXPECT_EQ(::fcntl(pipe.writer, F_GETFL) & O_NONBLOCK, 0) << "the user's descriptor is shared";
}

TEST(StdoutWrite, WaitsForASlowSocket) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  Pipe pipe;
  pipe.close_reader();
  pipe.reader = ends[0];
  writes_to_slow_reader(ends[1], pipe);
  ::close(ends[1]);
}

TEST(StdoutWrite, FailsClearlyWhenTheReaderHasGone) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  {
    const Redirected output(STDOUT_FILENO, pipe.writer);
    Harness write("stdout/write");
    write.start();
    pipe.close_reader();
    write.send_bytes("x");
    try {
      write.step();
      ADD_FAILURE() << "it must fail";
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.kind(), "io");
      EXPECT_THAT(failure.what(), HasSubstr("its reader has gone"));
    }
  }
  std::signal(SIGPIPE, before);
}

TEST(Print, PrintsAndPassesOn) {
  Pipe pipe;
  {
    const Redirected output(STDOUT_FILENO, pipe.writer);
    Harness print("core/print", map({{"prefix", quoted("> ")}}));
    print.send_bytes("x");
    print.send(Packet::nothing());
    print.end_input();
    print.run();
    EXPECT_TRUE(print.done());
    EXPECT_EQ(print.take().size(), 2u);
  }
  EXPECT_EQ(pipe.get(), "> x\n> (nothing)\n");
}

}  // namespace
}  // namespace weir::testing
