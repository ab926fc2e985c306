#include "cli/supervisor.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <future>
#include <memory>
#include <new>
#include <system_error>
#include <utility>

#include "runtime/errors.hpp"

namespace weir::cli {

namespace {

/// The age of the loop's last round at which it counts as stuck.
constexpr Duration stuck_after = std::chrono::seconds(20);
/// How long a step in progress may take to return when the network is given up.
constexpr Duration abandon_limit = std::chrono::seconds(2);

std::string_view signal_name(int signal) {
  switch (signal) {
    case SIGINT: return "SIGINT";
    case SIGTERM: return "SIGTERM";
    case SIGQUIT: return "SIGQUIT";
    case SIGUSR1: return "SIGUSR1";
    default: return "SIGHUP";
  }
}

void call(const std::function<void()>& callback) {
  if (callback) callback();
}

}  // namespace

Supervisor::Supervisor(runtime::Network& network, os::SignalQueue& signals,
                       os::ServiceManager& manager, SupervisorOptions options)
    : network_(network),
      signals_(signals),
      manager_(manager),
      options_(std::move(options)),
      beat_(Clock::now().time_since_epoch().count()) {
  network_.on_finished([&signals] { signals.wake(); });
}

Supervisor::~Supervisor() {
  if (starter_.joinable()) starter_.join();
}

Ending Supervisor::run() {
  try {
    return watch_over();
  } catch (const std::bad_alloc& error) {
    reserve_.release();
    spdlog::error("stopping now: {}", runtime::words_of(error));
    return abandon();
  }
}

Ending Supervisor::watch_over() {
  starter_ = std::thread([this] { start_network(); });
  for (;;) {
    beat_.store(Clock::now().time_since_epoch().count(), std::memory_order_relaxed);
    if (!started_ && check_started() && !start_failure_.empty()) return Ending::start_failed;
    check_failed();
    check_watchdog();
    check_time();
    if (started_ && network_.finished()) {
      reserve_.release();
      if (!ended_told_) call(options_.on_ended);
      ended_told_ = true;
      if (!options_.stay || stop_signals_ > 0) return Ending::finished;
    } else if (stop_signals_ > 1 || (deadline_ && Clock::now() >= *deadline_)) {
      return abandon();
    }
    if (const std::optional<int> signal = signals_.wait(time_to_next())) take_signal(*signal);
  }
}

void Supervisor::start_network() {
  try {
    network_.start();
  } catch (...) {
    start_error_ = std::current_exception();
  }
  start_returned_.store(true, std::memory_order_release);
  signals_.wake();
}

/// True once start() has returned; tells about it.
bool Supervisor::check_started() {
  if (!start_returned_.load(std::memory_order_acquire)) return false;
  starter_.join();
  started_ = true;
  if (start_error_) {
    try {
      std::rethrow_exception(start_error_);
    } catch (const std::exception& error) {
      start_failure_ = runtime::words_of(error);
    }
    return true;
  }
  call(options_.on_started);
  manager_.ready();
  if (options_.run_for) run_end_ = Clock::now() + *options_.run_for;
  next_tick_ = Clock::now() + options_.tick;
  if (stop_signals_ > 0) drain();
  return true;
}

/// A network that has failed drains by itself, and is given as long for it as after a signal.
void Supervisor::check_failed() {
  if (started_ && !deadline_ && network_.failed() && !network_.finished()) {
    stop("the network has failed");
  }
}

void Supervisor::check_time() {
  if (!started_ || network_.finished()) return;
  const Clock::time_point now = Clock::now();
  if (now >= next_tick_) {
    next_tick_ = now + options_.tick;
    call(options_.on_tick);
  }
  if (run_end_ && now >= *run_end_) {
    run_end_.reset();
    if (!deadline_) stop(format_duration(*options_.run_for) + " are over");
  }
}

void Supervisor::check_watchdog() {
  const auto interval = manager_.watchdog_interval();
  const Clock::time_point now = Clock::now();
  if (!interval || now < next_watchdog_) return;
  next_watchdog_ = now + *interval;
  // A network with a stuck worker is not reported alive: being restarted is what the watchdog is
  // for.
  if (network_.snapshot().stuck.empty()) manager_.alive();
}

void Supervisor::take_signal(int signal) {
  if (signal == SIGUSR2) return;
  if (signal == SIGHUP || signal == SIGUSR1) {
    spdlog::info("{}: output files are opened anew", signal_name(signal));
    call(options_.on_reopen);
    if (signal == SIGHUP) {
      spdlog::warn("SIGHUP: reloading is not available in this version; restart weir instead");
    }
    return;
  }
  ++stop_signals_;
  if (stop_signals_ == 1) {
    stop(signal_name(signal));
  } else {
    spdlog::warn("{}: the second signal, stopping now", signal_name(signal));
  }
}

void Supervisor::stop(std::string_view why) {
  if (network_.finished()) return;
  spdlog::info("{}: finishing what is in flight within {}; a second signal stops at once", why,
               format_duration(options_.drain_timeout));
  if (!deadline_) deadline_ = Clock::now() + options_.drain_timeout;
  if (!options_.stay || stop_signals_ > 0) manager_.stopping();
  if (started_) drain();
}

void Supervisor::drain() {
  if (std::exchange(drained_, true)) return;
  call(options_.on_stopping);
  network_.drain();
}

Duration Supervisor::time_to_next() const {
  Clock::time_point next = Clock::now() + options_.tick;
  if (run_end_) next = std::min(next, *run_end_);
  if (deadline_) next = std::min(next, *deadline_);
  if (manager_.watchdog_interval()) next = std::min(next, next_watchdog_);
  return next - Clock::now();
}

Ending Supervisor::abandon() {
  if (!started_) {
    spdlog::error("gave up while the network was still starting");
    starter_.detach();
    return Ending::stuck;
  }
  reserve_.release();
  // The thread owns what it sets, for it may outlive this call.
  auto returned = std::make_shared<std::promise<void>>();
  std::future<void> done = returned->get_future();
  try {
    std::thread([this, returned] {
      network_.abandon();
      returned->set_value();
    }).detach();
  } catch (const std::system_error&) {
    // The system gives none: whoever wants an end of a step that does not return must kill weir.
    network_.abandon();
    return Ending::abandoned;
  }
  if (done.wait_for(abandon_limit) == std::future_status::ready) return Ending::abandoned;
  const std::string stuck = network_.snapshot().stuck;
  spdlog::error("{} is inside a step that does not return",
                stuck.empty() ? "a process" : "process " + stuck);
  return Ending::stuck;
}

std::string Supervisor::stuck() const {
  const Clock::time_point beat{Clock::duration(beat_.load(std::memory_order_relaxed))};
  const Clock::duration age = Clock::now() - beat;
  if (age < stuck_after) return {};
  return fmt::format("the control thread has not run for {} s",
                     std::chrono::duration_cast<std::chrono::seconds>(age).count());
}

}  // namespace weir::cli
