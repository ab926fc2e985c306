#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::components {
namespace {

class Clone final : public Transform {
 public:
  void process(Packet& packet, Out& out) override {
    const unsigned last = out.width(0) - 1;
    for (unsigned element = 0; element < last; ++element) out.emit(0, element, packet.share());
    out.emit(0, last, std::move(packet));
  }
};

const ComponentSpec spec{
    .name = "core/clone",
    .summary = "Sends every packet to all of its outputs",
    .doc =
        "The copies share their payload until one of them is changed. Several connections from "
        "one port do the same; this component gives each copy a port of its own.",
    .inputs = {{.name = "in", .doc = "Any packets"}},
    .outputs = {{.name = "out",
                 .doc = "A copy for each: `out[0]`, `out[1]`, ...",
                 .array = true,
                 .passes = true}},
    .parallel = true,
    .example = {.graph = R"(name: clone
processes:
  read: {component: stdin/read}
  clone: {component: core/clone}
  write: {component: stdout/write}
  keep: {component: file/write, config: {path: copy.txt}}
connections:
  - read -> clone
  - clone.out[0] -> write
  - clone.out[1] -> keep
)",
                .input = "one\ntwo\n",
                .output = "one\ntwo\n",
                .files_after = {{"copy.txt", "one\ntwo\n"}}},
    .make = [](const Config&) -> Instance { return std::make_unique<Clone>(); },
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(core, clone, spec)
