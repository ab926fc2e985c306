// Work of a known cost: stands for a real component in demonstrations and load tests.

#include <algorithm>

#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::components {
namespace {

constexpr std::size_t packets_per_step = 256;
constexpr Duration step_budget = std::chrono::milliseconds(1);

class Work final : public Process {
 public:
  explicit Work(const Config& config)
      : spin_(config.duration("spin")),
        wait_(config.duration("wait")),
        fail_(config.number("fail")) {}

  Step step(Context& context) override {
    const Time begin = context.now();
    Time now = begin;
    for (std::size_t handled = 0; handled < packets_per_step; ++handled) {
      if (!packet_) {
        packet_ = context.receive();
        if (!packet_) return context.ended() ? Step::done : Step::need_input;
        now = spin(context);
      }
      if (now < due_) {
        context.wake_after(due_ - now);
        return Step::waiting;
      }
      finish(context.out());
      if (now - begin > step_budget) break;
    }
    return Step::yield;
  }

 private:
  /// Keeps the processor busy, sets when the packet is due, and returns the time. A clock that
  /// stands still is that of a simulation, where spinning would never end: the time passes as a
  /// wait there.
  Time spin(Context& context) {
    Time now = context.now();
    const Time end = now + spin_;
    for (unsigned stalled = 0; now < end && stalled < 10'000;) {
      const Time next = context.now();
      stalled = next == now ? stalled + 1 : 0;
      now = next;
    }
    due_ = std::max(now, end) + wait_;
    return now;
  }

  void finish(Out& out) {
    // Spreads the failures evenly, so that a share of 0.01 is one packet in a hundred.
    fail_debt_ += fail_;
    if (fail_debt_ >= 1) {
      fail_debt_ -= 1;
      out.fail(std::move(packet_), "injected", "failed on purpose: option fail of core/work");
      return;
    }
    out.emit(std::move(packet_));
  }

  Duration spin_;
  Duration wait_;
  double fail_;
  double fail_debt_ = 0;
  Packet packet_;
  Time due_{};
};

const ComponentSpec spec{
    .name = "core/work",
    .summary = "Costs time: spins the processor, waits, fails, as asked for",
    .doc =
        "For each packet it keeps the processor busy for `spin`, then waits for `wait` as a call "
        "to a server would: a waiting packet holds a unit of concurrency but no worker. Then the "
        "packet goes on unchanged. A share `fail` of the packets, evenly spread, goes to `error` "
        "with kind `injected` instead.",
    .inputs = {{.name = "in", .doc = "Any packets"}},
    .outputs = {{.name = "out", .doc = "The same packets", .required = false}},
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
                {.name = "fail",
                 .type = OptionType::number,
                 .doc = "Share of the packets that fail, from 0 to 1.",
                 .default_value = "0",
                 .min = 0,
                 .max = 1},
                {.name = "serial",
                 .type = OptionType::boolean,
                 .doc = "Handle one packet at a time whatever concurrency the process may have.",
                 .default_value = "false"}},
    .parallel = true,
    .serial = [](const Config& config) { return config.boolean("serial"); },
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
    .make = [](const Config& config) -> Instance { return std::make_unique<Work>(config); },
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(core, work, spec)
