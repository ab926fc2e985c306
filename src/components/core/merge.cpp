#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::components {
namespace {

constexpr std::size_t packets_per_step = 256;

class Merge final : public Process {
 public:
  Step step(Context& context) override {
    const unsigned width = context.width();
    unsigned empty = 0;  // inputs in a row that had nothing
    for (std::size_t taken = 0; empty < width;) {
      if (taken == packets_per_step) return Step::yield;
      Packet packet = context.receive(0, next_);
      next_ = next_ + 1 < width ? next_ + 1 : 0;
      if (!packet) {
        ++empty;
        continue;
      }
      empty = 0;
      ++taken;
      context.out().emit(std::move(packet));
    }
    return context.ended() ? Step::done : Step::need_input;
  }

 private:
  unsigned next_ = 0;
};

const ComponentSpec spec{
    .name = "core/merge",
    .summary = "Joins several inputs into one stream",
    .doc =
        "Takes a packet from each input in turn, passing over those that have none. The order of "
        "each input is kept; between inputs there is none.",
    .inputs = {{.name = "in", .doc = "Any packets: `in[0]`, `in[1]`, ...", .array = true}},
    .outputs = {{.name = "out", .doc = "The packets of all inputs", .passes = true}},
    .stateful = true,
    .example = {.graph = R"(name: merge
processes:
  read: {component: stdin/read}
  none: {component: core/generate, config: {count: 0}}
  merge: {component: core/merge}
  write: {component: stdout/write}
connections:
  - read -> merge.in[0]
  - none -> merge.in[1]
  - merge -> write
)",
                .input = "one\ntwo\n",
                .output = "one\ntwo\n"},
    .make = [](const Config&) -> Instance { return std::make_unique<Merge>(); },
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(core, merge, spec)
