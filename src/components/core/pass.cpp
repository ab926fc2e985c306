#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::components {
namespace {

class Pass final : public Batch {
 public:
  void process(std::span<Packet> packets, Out& out) override { out.emit(0, packets); }
};

const ComponentSpec spec{
    .name = "core/pass",
    .summary = "Passes every packet on unchanged",
    .doc =
        "Changes nothing. Gives a place in the graph a name of its own, to look at in the metrics "
        "or to connect others to.",
    .inputs = {{.name = "in", .doc = "Any packets"}},
    .outputs = {{.name = "out", .doc = "The same packets", .required = false, .passes = true}},
    .parallel = true,
    .example = {.graph = R"(name: pass
processes:
  read: {component: stdin/read}
  pass: {component: core/pass}
  write: {component: stdout/write}
connections:
  - read -> pass -> write
)",
                .input = "one\ntwo\n",
                .output = "one\ntwo\n"},
    .make = [](const Config&) -> Instance { return std::make_unique<Pass>(); },
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(core, pass, spec)
