// Signals as events that a thread waits for, so that no code runs inside a signal handler.
#pragma once

#include <csignal>
#include <initializer_list>
#include <optional>

#include "weir/units.hpp"

namespace weir::os {

/// Takes over some signals of the program. Make it before any thread is started: threads inherit
/// the mask that keeps the signals from being delivered to them. wait() is for one thread, wake()
/// for any. Throws std::system_error if the system has no descriptor left.
class SignalQueue {
 public:
  explicit SignalQueue(std::initializer_list<int> signals);
  /// The signals stay taken over, so that one in the program's last moments does not change how it
  /// ends.
  ~SignalQueue();
  SignalQueue(const SignalQueue&) = delete;
  SignalQueue& operator=(const SignalQueue&) = delete;

  /// Waits for a signal, a wake() or the end of `limit`; also until something can be read from
  /// `descriptor`, if one is given. Answers the signal, or nothing for the others.
  std::optional<int> wait(Duration limit, int descriptor = -1);
  /// Makes wait() return, now or the next time.
  void wake() noexcept;

 private:
  sigset_t signals_;
  int signal_descriptor_ = -1;
  int wake_descriptor_ = -1;
};

/// Writing to a closed pipe or socket, or beyond the limit on file sizes, then fails with an error
/// instead of ending the program.
void ignore_write_signals() noexcept;

}  // namespace weir::os
