#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::components {
namespace {

class Discard final : public Batch {
 public:
  void process(std::span<Packet>, Out&) override {}
};

const ComponentSpec spec{
    .name = "core/discard",
    .summary = "Ends every packet",
    .doc =
        "Takes packets and ends them, counted as consumed. For load tests, and for outputs that "
        "nobody wants.",
    .inputs = {{.name = "in", .doc = "Any packets"}},
    .parallel = true,
    .example = {.graph = R"(name: discard
processes:
  numbers: {component: core/generate, config: {count: 1000}}
  end: {component: core/discard}
connections:
  - numbers -> end
)"},
    .make = [](const Config&) -> Instance { return std::make_unique<Discard>(); },
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(core, discard, spec)
