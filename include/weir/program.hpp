// The coroutine form of a component, for programs in the classical flow-based style that read and
// write their ports in an order of their own:
//
//   Flow run(Ports ports) override {
//     for (;;) {
//       Packet key = co_await ports.receive(0);
//       Packet value = co_await ports.receive(1);
//       if (!key || !value) co_return;
//       co_await ports.send(0, join(std::move(key), std::move(value)));
//     }
//   }
//
// Waiting holds no worker. What the coroutine throws fails the process.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "weir/component.hpp"

namespace weir {

/// The coroutine of a Program; owns its frame.
class Flow {
 public:
  struct promise_type {
    Flow get_return_object() noexcept { return Flow(Handle::from_promise(*this)); }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() noexcept { failure = std::current_exception(); }
    std::exception_ptr failure;
  };
  using Handle = std::coroutine_handle<promise_type>;

  Flow() noexcept = default;
  explicit Flow(Handle handle) noexcept : handle_(handle) {}
  Flow(Flow&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Flow& operator=(Flow&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Flow() {
    if (handle_) handle_.destroy();
  }

  explicit operator bool() const noexcept { return static_cast<bool>(handle_); }
  bool done() const noexcept { return handle_.done(); }
  /// Runs to the next wait or the end; rethrows what the coroutine threw.
  void resume() {
    handle_.resume();
    if (handle_.promise().failure) {
      std::rethrow_exception(std::exchange(handle_.promise().failure, nullptr));
    }
  }

 private:
  Handle handle_;
};

class Program;

/// What a program waits with. A handle to the program: cheap to copy, valid while the program runs.
class Ports {
 public:
  explicit Ports(Program& program) noexcept : program_(&program) {}

  class Receive;
  class Send;
  class Sleep;

  /// The next packet of an in port; an empty handle once the port has ended.
  Receive receive(unsigned port = 0, unsigned element = 0) noexcept;
  /// Emits a packet as soon as there is room.
  Send send(unsigned port, Packet&& packet) noexcept;
  /// Waits on the executor's clock.
  Sleep sleep(Duration time) noexcept;

  /// For everything else: errors, logs, stopping(). Only the present step's: do not keep it.
  Context& context() const noexcept;

 private:
  Program* program_;
};

/// A component written as a coroutine.
class Program : public Process {
 public:
  Step step(Context& context) final;
  void stop() noexcept override { flow_ = Flow(); }

 protected:
  virtual Flow run(Ports ports) = 0;

 private:
  friend class Ports;

  struct Wait {
    Step why = Step::yield;
    unsigned port = 0;
    unsigned element = 0;
    Time until{};
  };
  /// True if what the coroutine waits for has come.
  bool may_go_on() const;

  Context* context_ = nullptr;
  Flow flow_;
  std::optional<Wait> wait_;
};

class Ports::Receive {
 public:
  Receive(Program& program, unsigned port, unsigned element) noexcept
      : program_(program), port_(port), element_(element) {}
  bool await_ready() const {
    return program_.context_->available_at(port_, element_) != 0 ||
           program_.context_->ended_at(port_, element_);
  }
  void await_suspend(std::coroutine_handle<>) noexcept {
    program_.wait_ = Program::Wait{Step::need_input, port_, element_, {}};
  }
  Packet await_resume() { return program_.context_->receive(port_, element_); }

 private:
  Program& program_;
  unsigned port_;
  unsigned element_;
};

class Ports::Send {
 public:
  Send(Program& program, unsigned port, Packet&& packet) noexcept
      : program_(program), port_(port), packet_(std::move(packet)) {}
  bool await_ready() const { return program_.context_->room() != 0; }
  void await_suspend(std::coroutine_handle<>) noexcept {
    program_.wait_ = Program::Wait{Step::output_full, 0, 0, {}};
  }
  void await_resume() { program_.context_->out().emit(port_, std::move(packet_)); }

 private:
  Program& program_;
  unsigned port_;
  Packet packet_;
};

class Ports::Sleep {
 public:
  Sleep(Program& program, Duration time) noexcept : program_(program), time_(time) {}
  bool await_ready() const noexcept { return time_ <= Duration::zero(); }
  void await_suspend(std::coroutine_handle<>) {
    program_.context_->wake_after(time_);
    program_.wait_ = Program::Wait{Step::waiting, 0, 0, program_.context_->now() + time_};
  }
  void await_resume() const noexcept {}

 private:
  Program& program_;
  Duration time_;
};

inline Ports::Receive Ports::receive(unsigned port, unsigned element) noexcept {
  return {*program_, port, element};
}
inline Ports::Send Ports::send(unsigned port, Packet&& packet) noexcept {
  return {*program_, port, std::move(packet)};
}
inline Ports::Sleep Ports::sleep(Duration time) noexcept {
  return {*program_, time};
}
inline Context& Ports::context() const noexcept {
  return *program_->context_;
}

inline bool Program::may_go_on() const {
  switch (wait_->why) {
    case Step::need_input:
      return context_->available_at(wait_->port, wait_->element) != 0 ||
             context_->ended_at(wait_->port, wait_->element);
    case Step::output_full: return context_->room() != 0;
    case Step::waiting: return context_->now() >= wait_->until;
    default: return true;
  }
}

inline Step Program::step(Context& context) {
  context_ = &context;
  if (!flow_) flow_ = run(Ports(*this));
  while (!flow_.done()) {
    if (wait_ && !may_go_on()) return wait_->why;
    wait_.reset();
    flow_.resume();
  }
  return Step::done;
}

}  // namespace weir
