#include "os/signals.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <system_error>

namespace weir::os {

SignalQueue::SignalQueue(std::initializer_list<int> signals) {
  sigemptyset(&signals_);
  for (int signal : signals) sigaddset(&signals_, signal);
  wake_descriptor_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  signal_descriptor_ = ::signalfd(-1, &signals_, SFD_CLOEXEC | SFD_NONBLOCK);
  if (wake_descriptor_ < 0 || signal_descriptor_ < 0) {
    const int error = errno;
    if (wake_descriptor_ >= 0) ::close(wake_descriptor_);
    throw std::system_error(error, std::generic_category(), "cannot wait for signals");
  }
  ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  // Shells start background jobs with SIGINT ignored, and an ignored signal is not queued.
  for (int signal : signals) ::signal(signal, SIG_DFL);
}

SignalQueue::~SignalQueue() {
  ::close(signal_descriptor_);
  ::close(wake_descriptor_);
}

std::optional<int> SignalQueue::wait(Duration limit, int descriptor) {
  // A descriptor below 0 is left out.
  std::array<pollfd, 3> descriptors{pollfd{signal_descriptor_, POLLIN, 0},
                                    pollfd{wake_descriptor_, POLLIN, 0},
                                    pollfd{descriptor, POLLIN, 0}};
  const auto limit_ms = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
  ::poll(descriptors.data(), descriptors.size(),
         static_cast<int>(std::clamp<std::int64_t>(limit_ms, 0, INT_MAX)));
  signalfd_siginfo info;
  if (::read(signal_descriptor_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    return static_cast<int>(info.ssi_signo);
  }
  std::uint64_t wakes = 0;
  // Nothing to read means that the time is up.
  [[maybe_unused]] const ssize_t read = ::read(wake_descriptor_, &wakes, sizeof wakes);
  return {};
}

void SignalQueue::wake() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_descriptor_, &one, sizeof one);
}

void ignore_write_signals() noexcept {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace weir::os
