#include <cstdint>

#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::components {
namespace {

class Sample final : public Transform {
 public:
  explicit Sample(const Config& config) {
    if (config.has("every")) every_ = config.integer("every");
    if (config.has("share")) share_ = config.number("share");
  }

  void process(Packet& packet, Out& out) override {
    if (!chosen()) out.end(std::move(packet), Ended::filtered);
  }

 private:
  bool chosen() {
    if (every_ != 0) {
      if (++seen_ < every_) return false;
      seen_ = 0;
      return true;
    }
    // The remainder is carried on, so that the share holds over any run of packets.
    credit_ += share_;
    if (credit_ < 1) return false;
    credit_ -= 1;
    return true;
  }

  std::int64_t every_ = 0;
  std::int64_t seen_ = 0;
  double share_ = 0;
  double credit_ = 0;
};

void check(const Config& config, Problems& problems) {
  if (config.has("every") == config.has("share")) {
    problems.error(config.at("share"),
                   "core/sample needs either every (such as 100) or share (such as 0.01)");
  }
}

const ComponentSpec spec{
    .name = "core/sample",
    .summary = "Passes a share of the packets on",
    .doc =
        "Passes on every so manieth packet, or a share of them evenly spread. The others end, "
        "counted as filtered.",
    .inputs = {{.name = "in", .doc = "Any packets"}},
    .outputs = {{.name = "out", .doc = "The packets that were chosen", .passes = true}},
    .options = {{.name = "every",
                 .type = OptionType::integer,
                 .doc = "Pass on one packet in so many: the last of each run.",
                 .min = 1},
                {.name = "share",
                 .type = OptionType::number,
                 .doc = "Pass on this share of the packets, from 0 to 1.",
                 .min = 0,
                 .max = 1}},
    .stateful = true,
    .example = {.graph = R"(name: sample
processes:
  numbers: {component: core/generate, config: {count: 10}}
  sample: {component: core/sample, config: {every: 3}}
  write: {component: stdout/write}
connections:
  - numbers -> sample -> write
)",
                .output = "2\n5\n8\n"},
    .make = [](const Config& config) -> Instance { return std::make_unique<Sample>(config); },
    .check = check,
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(core, sample, spec)
