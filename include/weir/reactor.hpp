// What may be waited for without holding a worker: time and descriptors. The scheduler's executor
// is one; in a simulation its time is virtual. For pools of resources and the factories behind
// them; a component waits through its Context instead.
#pragma once

#include <functional>
#include <memory>

#include "weir/units.hpp"

namespace boost::asio {
class io_context;
}

namespace weir {

/// A single-shot timer that calls back on a worker. Calls to one timer must not overlap one
/// another; its callback may run beside them and must check whether it is still wanted.
class Timer {
 public:
  virtual ~Timer() = default;
  /// (Re)starts it; an earlier start that has not fired is forgotten.
  virtual void start(Duration delay) = 0;
  virtual void cancel() = 0;
};

/// Waits for a file descriptor that it does not own; calls to one watch must not overlap.
class DescriptorWatch {
 public:
  virtual ~DescriptorWatch() = default;
  /// Calls back once, on a worker, when the descriptor can be read (or written) or has failed.
  virtual void wait_readable(std::function<void()> callback) = 0;
  virtual void wait_writable(std::function<void()> callback) = 0;
};

/// Thread-safe.
class Reactor {
 public:
  virtual ~Reactor() = default;
  virtual Time now() const noexcept = 0;
  virtual std::unique_ptr<Timer> make_timer(std::function<void()> callback) = 0;
  /// Throws std::system_error if the descriptor cannot be waited for (a regular file).
  virtual std::unique_ptr<DescriptorWatch> watch(int descriptor) = 0;
  /// The Asio context that the workers poll; null in simulations.
  virtual boost::asio::io_context* io() noexcept = 0;
};

}  // namespace weir
