#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::components {
namespace {

class Shorten final : public Transform {
 public:
  // Options are read once. They have been checked against the spec: `length` is there and in range.
  explicit Shorten(const Config& config) : length_(config.size("length")) {}

  // The packet is changed in place; what is left in it goes on to the first out port.
  void process(Packet& packet, Out& out) override {
    if (packet.kind() != PayloadKind::bytes) {
      out.fail(std::move(packet), "type", "this is no text; put json/format before it");
      return;
    }
    // A slice shares the memory of what it was cut from: nothing is copied.
    packet.set_bytes(packet.bytes_slice().slice(0, length_));
  }

 private:
  std::size_t length_;
};

const ComponentSpec spec{
    .name = "example/shorten",
    .summary = "Cuts lines down to a length",
    .doc = "Keeps the first bytes of each packet.",
    .inputs = {{.name = "in", .doc = "Lines", .type = PayloadType::bytes}},
    .outputs = {{.name = "out", .doc = "The same lines, cut", .type = PayloadType::bytes}},
    .options = {{.name = "length",
                 .type = OptionType::size,
                 .doc = "The greatest length of a line.",
                 .default_value = "80",
                 .min = 1}},
    .parallel = true,
    .example = {.graph = R"(name: shorten
processes:
  read: {component: stdin/read}
  shorten: {component: example/shorten, config: {length: 4}}
  write: {component: stdout/write}
connections:
  - read -> shorten -> write
)",
                .input = "a longer line\nshort\n",
                .output = "a lo\nshor\n"},
    .make = [](const Config& config) -> Instance { return std::make_unique<Shorten>(config); }};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(example, shorten, spec)
