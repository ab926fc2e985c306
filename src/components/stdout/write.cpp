#include <vector>

#include "core/_payload.hpp"
#include "stdout/_output.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"
#include "weir/text.hpp"

namespace weir::components {
namespace {

constexpr std::size_t packets_per_write = 256;
constexpr std::size_t bytes_per_write = 65536;
constexpr unsigned writes_per_step = 4;

class Write final : public Process {
 public:
  void start(Context&) override { output_.open(); }

  Step step(Context& context) override {
    for (unsigned writes = 0; writes < writes_per_step; ++writes) {
      gather(context);
      if (output_.empty()) return context.ended() ? Step::done : Step::need_input;
      if (!output_.write(context)) return Step::waiting;
      packets_.clear();
    }
    return Step::yield;
  }

  void stop() noexcept override {
    packets_.clear();
    output_.close();
  }

 private:
  void gather(Context& context) {
    while (packets_.size() < packets_per_write && output_.text().size() < bytes_per_write) {
      Packet packet = context.receive();
      if (!packet) return;
      if (!has_text(packet)) {
        fail_needs_text(packet, context.out());
        continue;
      }
      append_payload(output_.text(), packet);
      output_.text() += '\n';
      packets_.push_back(std::move(packet));
    }
  }

  StandardOutput output_;
  // Held until they are written, so that those that are not are seen.
  std::vector<Packet> packets_;
};

const ComponentSpec spec{
    .name = "stdout/write",
    .summary = "Writes packets to standard output, a line each",
    .doc =
        "Writes bytes as they are, documents as compact JSON and numbers in decimal, each with a "
        "newline. A slow reader holds the graph back, not a worker. If the reader has gone, the "
        "process fails with kind `io`. Lines of up to 4 KiB are not mixed with those of other "
        "writers.",
    .inputs = {{.name = "in", .doc = "Bytes, documents or numbers"}},
    .stateful = true,
    .example = {.graph = R"(name: numbers
processes:
  numbers: {component: core/generate, config: {count: 3}}
  write: {component: stdout/write}
connections:
  - numbers -> write
)",
                .output = "0\n1\n2\n"},
    .make = [](const Config&) -> Instance { return std::make_unique<Write>(); },
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(stdout, write, spec)
