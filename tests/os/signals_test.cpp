#include "os/signals.hpp"

#include <unistd.h>

#include <cerrno>
#include <thread>

namespace weir::os {
namespace {

constexpr Duration long_enough = std::chrono::seconds(60);

TEST(SignalQueue, DeliversASignalToWhoWaits) {
  SignalQueue queue{SIGUSR1, SIGUSR2};
  ::kill(::getpid(), SIGUSR2);
  EXPECT_EQ(queue.wait(long_enough), SIGUSR2);
}

TEST(SignalQueue, ThreadsStartedLaterDoNotTakeTheSignal) {
  SignalQueue queue{SIGUSR1};
  std::thread sender([] { ::kill(::getpid(), SIGUSR1); });
  EXPECT_EQ(queue.wait(long_enough), SIGUSR1);
  sender.join();
}

TEST(SignalQueue, TakesOverSignalsThatWereIgnored) {
  ::signal(SIGUSR1, SIG_IGN);
  SignalQueue queue{SIGUSR1};
  ::kill(::getpid(), SIGUSR1);
  EXPECT_EQ(queue.wait(long_enough), SIGUSR1);
}

TEST(SignalQueue, AWakeUpEndsTheWait) {
  SignalQueue queue{SIGUSR1};
  std::thread waker([&] { queue.wake(); });
  EXPECT_EQ(queue.wait(long_enough), std::nullopt);
  waker.join();
}

TEST(SignalQueue, AWakeUpBeforeTheWaitIsNotLost) {
  SignalQueue queue{SIGUSR1};
  queue.wake();
  EXPECT_EQ(queue.wait(long_enough), std::nullopt);
}

TEST(SignalQueue, ADescriptorThatCanBeReadEndsTheWait) {
  SignalQueue queue{SIGUSR1};
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  EXPECT_EQ(queue.wait(std::chrono::milliseconds(1), ends[0]), std::nullopt);
  ASSERT_EQ(::write(ends[1], "x", 1), 1);
  EXPECT_EQ(queue.wait(long_enough, ends[0]), std::nullopt);
  ::kill(::getpid(), SIGUSR1);
  EXPECT_EQ(queue.wait(long_enough, ends[0]), SIGUSR1) << "a signal comes first";
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(SignalQueue, TheWaitEndsWithItsLimit) {
  SignalQueue queue{SIGUSR1};
  EXPECT_EQ(queue.wait(std::chrono::milliseconds(1)), std::nullopt);
}

TEST(SignalQueue, ASignalAfterItsEndDoesNotEndTheProgram) {
  { const SignalQueue queue{SIGUSR1}; }
  ::kill(::getpid(), SIGUSR1);
  // It stays pending for the next queue.
  EXPECT_EQ(SignalQueue({SIGUSR1}).wait(long_enough), SIGUSR1);
}

TEST(BrokenPipes, BecomeErrors) {
  ignore_write_signals();
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  EXPECT_EQ(::write(ends[1], "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
  ::close(ends[1]);
}

}  // namespace
}  // namespace weir::os
