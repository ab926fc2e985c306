#include "os/start.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace weir::os {
namespace {

sigset_t run_signal_set() noexcept {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : run_signals) sigaddset(&set, signal);
  return set;
}

}  // namespace

void secure_standard_descriptors() noexcept {
  // open() takes the lowest free number, so those below the first above 2 were closed.
  int descriptor = 0;
  do {
    descriptor = ::open("/dev/null", O_RDWR);
  } while (descriptor >= 0 && descriptor <= STDERR_FILENO);
  if (descriptor > STDERR_FILENO) ::close(descriptor);
}

void block_run_signals() noexcept {
  const sigset_t set = run_signal_set();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void unblock_run_signals() noexcept {
  const sigset_t set = run_signal_set();
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

SignalsDelivered::SignalsDelivered() noexcept {
  const sigset_t set = run_signal_set();
  ::pthread_sigmask(SIG_UNBLOCK, &set, &before_);
}

SignalsDelivered::~SignalsDelivered() {
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace weir::os
