// Work of a known cost: stands for a real component in demonstrations and load tests.

#include <random>
#include <thread>

#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::components {
namespace {

constexpr std::size_t packets_per_step = 256;
constexpr Duration step_budget = std::chrono::milliseconds(1);

/// Says which packets fail: evenly spread, so that a share of 0.01 is one packet in a hundred.
class Failures {
 public:
  explicit Failures(double share) : share_(share) {}

  /// True if this packet fails; it has then gone to `error`.
  bool take(Packet& packet, Out& out) {
    debt_ += share_;
    if (debt_ < 1) return false;
    debt_ -= 1;
    out.fail(std::move(packet), "injected", "failed on purpose: option fail of core/work");
    return true;
  }

 private:
  double share_;
  double debt_ = 0;
};

/// What each packet costs.
class Costs {
 public:
  explicit Costs(const Config& config)
      : spin_(config.duration("spin")),
        block_(config.duration("block")),
        wait_(config.duration("wait")),
        every_(static_cast<std::uint64_t>(config.integer("every"))),
        jitter_(config.boolean("jitter")) {}

  /// Spends the processor's and the thread's part of the next packet, and says how long that is to
  /// wait.
  Duration spend(Context& context) {
    if (every_ != 1 && ++packet_ % every_ != 0) return Duration::zero();
    const double share = jitter_ ? spread_(random_) : 1;
    if (spin_ != Duration::zero()) context.spin(scaled(spin_, share));
    // Sleeps in a system call, as a library does that cannot wait otherwise. Real time, even in a
    // simulation: that is what blocking means.
    if (block_ != Duration::zero()) std::this_thread::sleep_for(scaled(block_, share));
    return scaled(wait_, share);
  }

 private:
  static Duration scaled(Duration time, double share) {
    if (share == 1) return time;
    return Duration(static_cast<Duration::rep>(share * static_cast<double>(time.count())));
  }

  Duration spin_;
  Duration block_;
  Duration wait_;
  std::uint64_t every_;
  bool jitter_;
  std::uint64_t packet_ = 0;
  // The same costs in each run.
  std::minstd_rand random_{1};
  std::exponential_distribution<double> spread_{1};
};

/// Without a wait: any number of packets at a time.
class Spin final : public Transform {
 public:
  explicit Spin(const Config& config) : costs_(config), failures_(config.number("fail")) {}

  void start(Context& context) override { context_ = &context; }
  void process(Packet& packet, Out& out) override {
    costs_.spend(*context_);
    failures_.take(packet, out);
  }

 private:
  Costs costs_;
  Failures failures_;
  Context* context_ = nullptr;
};

/// With a wait: one packet after the other.
class Wait final : public Process {
 public:
  explicit Wait(const Config& config) : costs_(config), failures_(config.number("fail")) {}

  Step step(Context& context) override {
    const Time begin = context.now();
    Time now = begin;
    for (std::size_t handled = 0; handled < packets_per_step; ++handled) {
      if (!packet_) {
        packet_ = context.receive();
        if (!packet_) return context.ended() ? Step::done : Step::need_input;
        const Duration wait = costs_.spend(context);
        now = context.now();
        due_ = now + wait;
      }
      if (now < due_) {
        context.wake_after(due_ - now);
        return Step::waiting;
      }
      if (!failures_.take(packet_, context.out())) context.out().emit(std::move(packet_));
      if (now - begin > step_budget) break;
    }
    return Step::yield;
  }

  void expire(Context& context, std::string_view text) override {
    if (packet_) context.out().fail(std::move(packet_), "timeout", text);
  }

 private:
  Costs costs_;
  Failures failures_;
  Packet packet_;
  Time due_{};
};

const ComponentSpec spec{
    .name = "core/work",
    .summary = "Costs time: spins the processor, waits, fails, as asked for",
    .doc =
        "For each packet it keeps the processor busy for `spin`, then waits for `wait` as a call "
        "to a server would: a waiting packet holds a unit of concurrency but no worker. Then the "
        "packet goes on unchanged. For `block` it sleeps in a system call before that, as a "
        "library "
        "does that cannot wait otherwise: that holds a thread, one of those that are there for "
        "components that block, and still no worker. A share `fail` of the packets, evenly spread, "
        "goes to `error` "
        "with kind `injected` instead.",
    .inputs = {{.name = "in", .doc = "Any packets"}},
    .outputs = {{.name = "out", .doc = "The same packets", .required = false, .passes = true}},
    .options = {{.name = "spin",
                 .type = OptionType::duration,
                 .doc = "Processor time to spend on each packet.",
                 .default_value = "0s",
                 .min = 0,
                 .max = 60},
                {.name = "wait",
                 .type = OptionType::duration,
                 .doc = "Time to wait for each packet, after the processor time.",
                 .default_value = "0s",
                 .min = 0,
                 .max = 3600},
                {.name = "block",
                 .type = OptionType::duration,
                 .doc = "Time to block the thread for each packet.",
                 .default_value = "0s",
                 .min = 0,
                 .max = 60},
                {.name = "fail",
                 .type = OptionType::number,
                 .doc = "Share of the packets that fail, from 0 to 1.",
                 .default_value = "0",
                 .min = 0,
                 .max = 1},
                {.name = "every",
                 .type = OptionType::integer,
                 .doc =
                     "The times fall on every so many packets alone; those between cost nothing.",
                 .default_value = "1",
                 .min = 1,
                 .max = 1e9},
                {.name = "jitter",
                 .type = OptionType::boolean,
                 .doc = "Spread the times exponentially about what is asked for, the same way in "
                        "each run.",
                 .default_value = "false"},
                {.name = "serial",
                 .type = OptionType::boolean,
                 .doc = "Handle one packet at a time whatever concurrency the process may have.",
                 .default_value = "false"}},
    .parallel = true,
    .serial = [](const Config& config) { return config.boolean("serial"); },
    .expires = true,
    .blocking = [](const Config& config) { return config.duration("block") != Duration::zero(); },
    .stateful = true,
    .example = {.graph = R"(name: work
processes:
  numbers: {component: core/generate, config: {count: 4}}
  work: {component: core/work, config: {spin: 20us, wait: 2ms, fail: 0.25}}
  write: {component: stdout/write}
  failed: {component: core/discard}
connections:
  - numbers -> work -> write
  - work.error -> failed
)",
                .output = "0\n1\n2\n"},
    .make = [](const Config& config) -> Instance {
      if (config.duration("wait") == Duration::zero()) return std::make_unique<Spin>(config);
      return std::make_unique<Wait>(config);
    },
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(core, work, spec)
