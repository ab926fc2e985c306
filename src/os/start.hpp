// What the program sees to before anything else, on its only thread.
#pragma once

#include <csignal>
#include <initializer_list>

namespace weir::os {

/// Opens /dev/null for standard input, output and error where they are closed, so that no file or
/// socket of the program gets their numbers.
void secure_standard_descriptors() noexcept;

/// The signals that ask a running graph for something: those that end it (SIGINT, SIGTERM,
/// SIGQUIT), that have its outputs opened anew (SIGHUP, SIGUSR1), and SIGUSR2, which is left for
/// later use.
inline constexpr std::initializer_list<int> run_signals = {SIGINT, SIGTERM, SIGQUIT,
                                                           SIGHUP, SIGUSR1, SIGUSR2};
/// Keeps them waiting until a SignalQueue takes them; a signal that comes while the program starts
/// is then neither lost nor the program's end.
void block_run_signals() noexcept;
/// For commands that end by a signal as usual. One that waits takes effect at once.
void unblock_run_signals() noexcept;

/// While it lives the run signals act as usual on this thread.
class SignalsDelivered {
 public:
  SignalsDelivered() noexcept;
  ~SignalsDelivered();
  SignalsDelivered(const SignalsDelivered&) = delete;
  SignalsDelivered& operator=(const SignalsDelivered&) = delete;

 private:
  sigset_t before_;
};

}  // namespace weir::os
