// One unit of concurrency of a process: an instance of its component, the task that runs it, and
// what it counts. A process handled by one unit has one lane, which uses the ports as its own. With
// more, the lanes take turns at the ports: each claims packets together with a ticket, handles
// them, and leaves what it emitted in the reorder window, from where it is published in order.
#pragma once

#include <atomic>
#include <optional>
#include <span>

#include "runtime/counters.hpp"
#include "runtime/emission.hpp"
#include "runtime/errors.hpp"
#include "runtime/expiry.hpp"
#include "runtime/figures.hpp"
#include "runtime/gaps.hpp"
#include "runtime/time_account.hpp"
#include "runtime/usual_time.hpp"
#include "runtime/waits.hpp"
#include "scheduler/task.hpp"
#include "weir/component.hpp"
#include "weir/spec.hpp"

namespace weir::runtime {

class ProcessNode;

class Lane final : public scheduler::Task, private Context, private ErrorPolicy {
 public:
  /// Makes the instance; may throw.
  explicit Lane(ProcessNode& node);
  ~Lane() override;

  /// Calls the component's start(). What it throws is for the caller.
  void start_component();
  /// Calls the component's stop() if it was started and has not stopped; ends all waits. Only when
  /// no activation can run. What the component still holds stays counted as held.
  void give_up() noexcept;

  After run() noexcept override;

  /// For Units: whether the lane is one of those at work.
  void set_at_work(bool at_work) noexcept { at_work_.store(at_work, std::memory_order_relaxed); }
  /// While the process is held: from now on others work beside it.
  void begin_sharing();
  void mark_connected(const Output& output) noexcept { output.mark_connected(emission_.batches()); }

  Activity activity() const noexcept { return activity_.load(std::memory_order_relaxed); }
  void read(ProcessSnapshot& into) const;
  /// Adds its part to the figures of the process.
  void read(ProcessFigures& into) const noexcept;
  void add_times(UnitTimes& into, Time now) const noexcept {
    time_.read(now, queued_ns.load(std::memory_order_relaxed), into);
  }

 private:
  friend class ProcessNode;
  enum class Progress { more, rest, yield };

  // Context
  Packet receive(unsigned port, unsigned element) override;
  std::size_t receive_batch(std::span<Packet> into, unsigned port, unsigned element) override;
  std::size_t available(unsigned port) const override;
  bool ended(unsigned port) const override;
  std::size_t available_at(unsigned port, unsigned element) const override;
  bool ended_at(unsigned port, unsigned element) const override;
  unsigned width(unsigned port) const override;
  Out& out() override { return emission_; }
  void publish() override;
  std::size_t room() const override;
  bool stopping() const override;
  bool samples_latency() const override { return account_.latency != nullptr; }
  Time now() const override;
  void spin(Duration time) override;
  void wake_after(Duration delay) override { waits_.wake_after(delay); }
  void wake_when_readable(int descriptor) override { waits_.wake_when(descriptor, false); }
  void wake_when_writable(int descriptor) override { waits_.wake_when(descriptor, true); }
  void forget(int descriptor) override { waits_.forget(descriptor); }
  std::shared_ptr<Waker> waker() override { return waits_.waker(); }
  std::shared_ptr<Pool> resource(std::string_view name) override;
  boost::asio::io_context* asio() noexcept override;
  void report_state(std::string_view text) override;
  std::string_view process_name() const override;
  void log(LogLevel level, std::string_view text) override;

  // ErrorPolicy
  bool handle_failed(Packet& packet, std::string_view kind, std::string_view text) override;
  void handle_report(std::string_view kind, std::string_view text) override;

  // Running as the only lane (lane_alone.cpp).
  Progress advance_alone();
  Progress advance_packets();
  Progress advance_process();
  Progress rest(Activity activity);
  Progress rest_throttled();

  // Running beside others (lane_shared.cpp).
  Progress advance_shared();
  Progress claim_batch();
  Progress step_process();
  Progress rest_shared(Activity activity);
  Progress rest_without(Activity why);
  /// Several packets at most: then all that wait, else a fair share.
  std::size_t receive_shared(unsigned index, detail::PacketCell** cells, std::size_t most);
  std::size_t receive_alone(unsigned index, detail::PacketCell** cells, std::size_t most);
  void finish_ticket();

  // Calls into the component (lane.cpp).
  After activation();
  After contained_activation() noexcept;
  bool enter_in_flight();
  void leave_in_flight() noexcept;
  template <class Look>
  auto look_at_input(const Look& look) const;
  /// False if the process has failed.
  bool handle(detail::PacketCell** cells, std::size_t count);
  template <bool sampled>
  void handle_each(Transform& transform, detail::PacketCell** cells, std::size_t count);
  void handle_batch(Batch& batch, detail::PacketCell** cells, std::size_t count);
  void fail_current(Packet&& packet) noexcept;
  void fail_current(Packet&& packet, std::string_view kind, std::string_view text) noexcept;
  template <class Call>
  bool guarded(const Call& call) noexcept;
  void fail_process(std::string_view kind, std::string_view what) noexcept;
  void tell_failed(std::string_view kind, std::string_view what);
  void call_finish();
  /// False if the process has failed.
  bool expire_if_due() noexcept;
  void note_waiting(bool another) noexcept;
  void stop_component() noexcept;
  bool is_process() const noexcept {
    return std::holds_alternative<std::unique_ptr<Process>>(instance_);
  }

  void settle_accounts() noexcept;
  void stamp_samples() noexcept;
  /// So many packets were handled since the last look at the clock, at which this looks again if
  /// they may have taken long; not if the unit `waits` now, which is a look at the clock anyway.
  void note_time(std::uint64_t packets, bool waits = false) noexcept;
  void take_time() noexcept;
  void observe_time(std::uint64_t packets, Duration took) noexcept;
  void note_gap(Time now) noexcept;
  /// What the unit counts as while it rests after this.
  UnitState resting_state() const noexcept;
  bool holds_packets() const noexcept;

  ProcessNode& node_;
  Instance instance_;
  detail::PacketAccount account_;
  Emission emission_;
  Waits waits_;
  Expiry expiry_;

  Counter out_;
  Counter created_;
  Counter ended_[ended_reasons];
  ProcessingTimes times_;
  TimeAccount time_;
  Gaps gaps_;

  std::atomic<Activity> activity_{Activity::idle};
  Time step_start_{};
  UsualTime usual_time_{unknown_ns};
  // Since when it has left its input alone because it was at work.
  Time gap_start_{};
  // How many packets take about as long as a batch should.
  std::uint32_t batch_ = first_batch;
  // Packets handled since then, and how long one took when that was last measured.
  std::uint64_t untimed_ = 0;
  std::uint64_t each_ns_ = 1'000'000;
  // Packets that are waited for outside, and what they have taken so far.
  std::uint64_t waited_for_ = 0;
  Duration waited_{};
  Time waiting_since_{};
  std::uint64_t last_received_ = 0;
  bool started_ = false;
  bool inputs_end_was_told_ = false;
  // Alone: its last step left a packet waiting outside.
  bool waits_outside_ = false;
  // Alone: an output is full, so that this step may only see to what it has.
  bool no_claims_ = false;
  std::atomic<bool> at_work_{false};
  // Counted as in flight: it runs, or waits outside on behalf of a packet.
  bool in_flight_ = false;
  // The packet that a Process received last is not finished: its ticket.
  std::optional<std::uint64_t> ticket_;
  // What the last claim for a Process came to.
  Activity claim_failed_ = Activity::running;
  std::uint64_t received_ = 0;
  // Packets to let pass before the next whose latency is measured.
  unsigned until_sample_ = 0;

  static constexpr std::size_t batch_most = 256;
  static constexpr std::uint32_t first_batch = 64;
};

// Runs a call into the component; false, and the process has failed, if it threw.
template <class Call>
bool Lane::guarded(const Call& call) noexcept {
  try {
    call();
    return true;
  } catch (const Failure& failure) {
    fail_process(failure.kind(), failure.what());
  } catch (const std::exception& error) {
    fail_process("exception", words_of(error));
  } catch (...) {
    fail_process("exception", "an exception of unknown type");
  }
  return false;
}

}  // namespace weir::runtime
