// A process of a running network: its ports, and the lanes that run its component. All three levels
// of component (Transform, Batch, Process) run here in the same way: claim packets, hand them to
// the component, publish what came out.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "graph/model.hpp"
#include "runtime/errors.hpp"
#include "runtime/gate.hpp"
#include "runtime/health.hpp"
#include "runtime/in_flight.hpp"
#include "runtime/input.hpp"
#include "runtime/lane.hpp"
#include "runtime/latency.hpp"
#include "runtime/loop.hpp"
#include "runtime/output.hpp"
#include "runtime/turn.hpp"
#include "runtime/units.hpp"
#include "runtime/window.hpp"
#include "scheduler/executor.hpp"

namespace weir::runtime {

/// What a process tells its network. Called from activations, on any worker.
class NetworkEvents {
 public:
  /// The process has ended and its inputs are exhausted. Called once; the node is not used after.
  virtual void process_ended() = 0;
  /// The network must stop, with this as the reason.
  virtual void process_failed(const std::string& reason) = 0;
  virtual bool stopping() const noexcept = 0;
  /// The same at every call.
  virtual LatencySampler& latency() noexcept = 0;
  virtual MemoryBudget& memory() noexcept = 0;
  virtual InFlight& in_flight() noexcept = 0;
  /// The pool of this name, or null.
  virtual std::shared_ptr<Pool> resource(std::string_view name) const = 0;

 protected:
  ~NetworkEvents() = default;
};

class ProcessNode final : public LoopMember, private OverflowWatch {
 public:
  ProcessNode(std::shared_ptr<const graph::ProcessModel> model,
              const std::vector<unsigned>& input_widths, const std::vector<unsigned>& output_widths,
              std::uint32_t origin, scheduler::Executor& executor, NetworkEvents& events);
  ~ProcessNode();
  ProcessNode(const ProcessNode&) = delete;
  ProcessNode& operator=(const ProcessNode&) = delete;

  Input& input() noexcept { return input_; }
  const Input& input() const noexcept { return input_; }
  Output& output() noexcept { return output_; }
  const Output& output() const noexcept { return output_; }
  const graph::ProcessModel& model() const noexcept { return model_; }

  /// Calls the component's start(). What it throws is for the caller.
  void start_component();
  /// While held: start() has thrown, so it only ends what comes to it.
  void start_failed() noexcept;
  void wake(bool next) noexcept override;
  bool empty_handed() const noexcept override;
  /// For a source's activation: nothing here goes on by itself; all that could make it is a packet
  /// from somewhere else. True of sources too.
  bool waits_for_input() const noexcept;

  // For the control thread.

  /// No activation begins any more until release().
  void hold() noexcept;
  /// True while an activation runs or is about to; see Task::busy().
  bool busy() const noexcept;
  void release();
  /// Never run it again.
  void set_gone() noexcept;
  /// Stops the component, when no activation can run any more.
  void give_up() noexcept;
  /// While held: a new limit on the units. Makes and starts the instances that it needs; throws
  /// what they throw, and the old limit then holds.
  void set_concurrency(unsigned units);
  /// While held: another limit on what it takes in (a source: sends), or none.
  void set_rate(const std::optional<graph::Rate>& rate) { gate_.set_rate(rate); }
  unsigned concurrency() const noexcept { return concurrency_.load(std::memory_order_relaxed); }
  /// While held, after connections came or went.
  void rewired() noexcept;
  /// While held: it finishes what is left for it, whatever is full or comes round, and ends.
  void retire() noexcept;
  /// Its component has come to its end, though its inputs may not have.
  bool is_over() const noexcept { return over_.load(std::memory_order_acquire); }
  bool has_ended() const noexcept { return reported_end_.load(std::memory_order_acquire); }
  /// True if the task is one of its lanes.
  bool runs(const scheduler::Task* task) const noexcept;

  Activity activity() const noexcept;
  /// Fills in the figures; the caller does the port names.
  void read(ProcessSnapshot& into) const;
  void read(ProcessFigures& into, Time now) const noexcept;

 private:
  friend class Lane;

  /// How several lanes work beside each other.
  struct Sharing {
    explicit Sharing(bool keep_order) : window(keep_order) {}
    Units units;
    Window window;
    Turn claim_turn;
    SharedTurn publish_turn;
    // A lane found the window full.
    std::atomic<bool> window_waits{false};
    // Nothing more can be claimed, ever.
    std::atomic<bool> exhausted{false};
  };

  /// What a lane may do next.
  struct Claim {
    std::size_t count = 0;
    std::uint64_t ticket = 0;
    /// Why there is nothing: idle, blocked, throttled or ended.
    Activity why = Activity::idle;
  };

  /// No process sends to it.
  bool is_source() const noexcept {
    for (unsigned i = 0; i < input_.elements(); ++i) {
      if (input_.is_connected(i)) return false;
    }
    return true;
  }
  bool stopping() const noexcept {
    return retiring_.load(std::memory_order_acquire) || events_.stopping();
  }
  void submit(Lane& lane, bool next) noexcept;
  void set_to_work(Lane* lane) noexcept;

  /// From one element, or from any. What waits is shared out among the units that are free, unless
  /// `all` is asked for.
  Claim claim(std::optional<unsigned> index, detail::PacketCell** cells, std::size_t most,
              bool all = false);
  Activity why_not(Sharing& sharing);
  bool held_back();
  /// Nothing more is claimed: the process has failed.
  void stop_claims();
  void publish_window(Lane& lane);
  /// Its own work is over: finish, close, and if its inputs still bring something, end that.
  void complete(Lane& lane, bool call_finish);
  /// Over without its closing, for which there is no memory: only what comes to it is ended.
  void give_in() noexcept;
  void discard_input(Lane& lane);

  /// Of the lanes, but for the time of those beyond the limit. Under the mutex.
  UnitTimes unit_times(Time now) const noexcept;

  void overflowed(Connection& connection, std::uint64_t beyond) noexcept override;
  void report(std::string_view kind, std::string_view text, std::string_view fate);

  // Part of the graph, which it keeps alive.
  const std::shared_ptr<const graph::ProcessModel> kept_model_;
  const graph::ProcessModel& model_;
  scheduler::Executor& executor_;
  NetworkEvents& events_;
  const std::uint32_t origin_;
  mutable Input input_;
  mutable Output output_;
  ErrorLog errors_;
  Health health_;

  mutable std::mutex lanes_mutex_;
  // Grows under the mutex while the process is held.
  std::vector<std::unique_ptr<Lane>> lanes_;
  // The one that works alone.
  Lane* first_ = nullptr;
  std::atomic<unsigned> concurrency_{1};
  // Lanes beyond the limit, for how long there were some before the last change, and since when
  // there are. Under the mutex.
  unsigned surplus_ = 0;
  std::uint64_t surplus_ns_ = 0;
  Time surplus_since_{};
  bool started_ = false;

  // Made while the process is held, when a second unit is first asked for; never taken away.
  std::unique_ptr<Sharing> sharing_storage_;
  std::atomic<Sharing*> sharing_{nullptr};

  std::atomic<bool> over_{false};
  std::atomic<bool> failed_{false};
  std::atomic<bool> retiring_{false};
  std::atomic<bool> reported_end_{false};
  InFlight& in_flight_;

  // Last, since it wakes this process until it is gone.
  Gate gate_;
};

// The input belongs to this lane while it runs alone, and to who has the claim turn otherwise.
template <class Look>
auto Lane::look_at_input(const Look& look) const {
  ProcessNode::Sharing* sharing = node_.sharing_.load(std::memory_order_acquire);
  if (sharing == nullptr) return look();
  const std::lock_guard turn(sharing->claim_turn);
  return look();
}

}  // namespace weir::runtime
