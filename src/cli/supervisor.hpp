// Watches over a network from its start to its end: signals, the drain and its deadline, the
// service manager's watchdog. Its loop runs on the main thread, the control thread of the program;
// start() of the components runs on a thread of its own, so that a signal is heard even if one of
// them blocks.
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "os/memory.hpp"
#include "os/service.hpp"
#include "os/signals.hpp"
#include "runtime/network.hpp"

namespace weir::cli {

enum class Ending {
  finished,      // all is handled
  start_failed,  // see Supervisor::start_failure()
  abandoned,     // given up, at the deadline or by a second signal
  stuck          // the same, but a step never returned: nothing may be destroyed
};

struct SupervisorOptions {
  Duration drain_timeout;
  /// Go on until a signal after the network has ended.
  bool stay = false;
  /// How long the network runs until its sources are told to stop; nothing: until they have ended.
  std::optional<Duration> run_for = {};
  /// About how often on_tick is called.
  Duration tick = std::chrono::seconds(1);
  // All are called on the control thread, and may be empty.
  /// The network runs.
  std::function<void()> on_started = {};
  /// Called again and again while it does.
  std::function<void()> on_tick = {};
  /// Its sources are about to be told to stop. Not called if all ends by itself.
  std::function<void()> on_stopping = {};
  /// Output files must be opened anew.
  std::function<void()> on_reopen = {};
  /// It has ended.
  std::function<void()> on_ended = {};
};

class Supervisor {
 public:
  /// Borrows all three.
  Supervisor(runtime::Network& network, os::SignalQueue& signals, os::ServiceManager& manager,
             SupervisorOptions options);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  /// Starts the network and returns when it is over. Call it once.
  Ending run();

  /// Why the start failed.
  const std::string& start_failure() const noexcept { return start_failure_; }

  /// Why the control thread counts as stuck, empty if it is alive. From any thread.
  std::string stuck() const;

 private:
  using Clock = std::chrono::steady_clock;

  Ending watch_over();
  void start_network();
  bool check_started();
  void check_failed();
  void check_time();
  void check_watchdog();
  void take_signal(int signal);
  void stop(std::string_view why);
  void drain();
  Duration time_to_next() const;
  Ending abandon();

  runtime::Network& network_;
  os::SignalQueue& signals_;
  os::ServiceManager& manager_;
  SupervisorOptions options_;

  /// For a thread, and the account of what became of the packets.
  os::MemoryReserve reserve_{std::size_t{16} << 20};
  std::thread starter_;
  std::atomic<bool> start_returned_{false};
  std::exception_ptr start_error_;
  std::string start_failure_;
  bool started_ = false;
  bool ended_told_ = false;
  bool drained_ = false;
  int stop_signals_ = 0;
  std::optional<Clock::time_point> run_end_;
  std::optional<Clock::time_point> deadline_;
  Clock::time_point next_tick_{};
  Clock::time_point next_watchdog_{};
  std::atomic<Clock::rep> beat_;
};

}  // namespace weir::cli
