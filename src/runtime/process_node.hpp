// A process of a running network: its component instance, its ports, and the task that runs them.
// All three levels of component (Transform, Batch, Process) run here in the same way: claim
// packets, hand them to the component, publish what came out.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <variant>

#include "graph/model.hpp"
#include "packet/pool.hpp"
#include "runtime/counters.hpp"
#include "runtime/errors.hpp"
#include "runtime/input.hpp"
#include "runtime/output.hpp"
#include "runtime/waits.hpp"
#include "scheduler/task.hpp"
#include "weir/component.hpp"

namespace weir::runtime {

/// What a process tells its network. Called from activations, on any worker.
class NetworkEvents {
 public:
  /// The process has ended and its inputs are exhausted. Called once; the node is not used after.
  virtual void process_ended() = 0;
  /// The network must stop, with this as the reason.
  virtual void process_failed(const std::string& reason) = 0;
  virtual bool stopping() const noexcept = 0;

 protected:
  ~NetworkEvents() = default;
};

class ProcessNode final : public scheduler::Task, private Context, private ErrorPolicy {
 public:
  ProcessNode(const graph::ProcessModel& model, const std::vector<unsigned>& input_widths,
              const std::vector<unsigned>& output_widths, std::uint32_t origin,
              scheduler::Executor& executor, NetworkEvents& events);
  ~ProcessNode() override;

  Input& input() noexcept { return input_; }
  const Input& input() const noexcept { return input_; }
  Output& output() noexcept { return output_; }
  const Output& output() const noexcept { return output_; }
  const graph::ProcessModel& model() const noexcept { return model_; }
  /// No process sends to it.
  bool is_source() const noexcept;

  /// Calls the component's start(). What it throws is for the caller.
  void start_component();
  /// Calls the component's stop() if it was started and has not stopped; ends all waits. Only when
  /// no activation can run.
  void stop_component() noexcept;

  After run() noexcept override;

  Activity activity() const noexcept;
  /// Fills in the figures; the caller does the port names.
  void read(ProcessSnapshot& into) const;

 private:
  enum class Progress { more, rest, yield };

  // Context
  Packet receive(unsigned port, unsigned element) override;
  std::size_t available(unsigned port) const override;
  bool ended(unsigned port) const override;
  std::size_t available_at(unsigned port, unsigned element) const override {
    return input_.available(input_.index_of(port, element));
  }
  bool ended_at(unsigned port, unsigned element) const override {
    return input_.ended(input_.index_of(port, element));
  }
  unsigned width(unsigned port) const override { return input_.width(port); }
  Out& out() override { return output_; }
  void publish() override;
  std::size_t room() const override { return output_.room(); }
  bool stopping() const override { return events_.stopping(); }
  Time now() const override { return executor_.now(); }
  void wake_after(Duration delay) override { waits_.wake_after(delay); }
  void wake_when_readable(int descriptor) override { waits_.wake_when(descriptor, false); }
  void wake_when_writable(int descriptor) override { waits_.wake_when(descriptor, true); }
  void forget(int descriptor) override { waits_.forget(descriptor); }
  std::shared_ptr<Waker> waker() override { return waits_.waker(); }
  boost::asio::io_context* asio() noexcept override { return executor_.io(); }
  std::string_view process_name() const override { return model_.name; }
  void log(LogLevel level, std::string_view text) override {
    log_process(level, model_.name, text);
  }

  // ErrorPolicy
  bool handle_failed(Packet& packet, std::string_view kind, std::string_view text) override;
  void handle_report(std::string_view kind, std::string_view text) override;

  Progress advance();
  Progress advance_packets();
  Progress advance_process();
  Progress discard_input();
  Progress rest(Activity activity);
  template <class Component>
  void handle_each(Component& component, detail::PacketCell** cells, std::size_t count);
  void handle_batch(Batch& batch, detail::PacketCell** cells, std::size_t count);
  void fail_current(Packet&& packet) noexcept;
  template <class Call>
  bool guarded(const Call& call) noexcept;
  void fail_process(std::string_view kind, const std::string& what);
  void complete(bool call_finish);
  void settle_accounts() noexcept;
  void note_time(std::uint64_t packets) noexcept;

  const graph::ProcessModel& model_;
  scheduler::Executor& executor_;
  NetworkEvents& events_;
  mutable Input input_;
  mutable Output output_;
  Waits waits_;
  Instance instance_;

  detail::PacketAccount account_;
  Counter out_;
  Counter created_;
  Counter ended_[ended_reasons];
  ProcessingTimes times_;
  ErrorTally errors_;
  LogLimit log_limit_;
  std::atomic<Activity> activity_{Activity::idle};
  Time step_start_{};
  bool started_ = false;
  bool inputs_end_was_told_ = false;
  // Its own work is over: what still arrives is ended.
  bool over_ = false;
  bool reported_end_ = false;
};

}  // namespace weir::runtime
