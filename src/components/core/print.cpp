#include <string>
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

class Print final : public Process {
 public:
  explicit Print(const Config& config) : prefix_(config.text("prefix")) {}

  void start(Context&) override { output_.open(); }

  Step step(Context& context) override {
    gather(context);
    if (packets_.empty()) return context.ended() ? Step::done : Step::need_input;
    if (!output_.write(context)) return Step::waiting;
    for (Packet& packet : packets_) context.out().emit(std::move(packet));
    packets_.clear();
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
      output_.text() += prefix_;
      if (has_text(packet)) {
        append_payload(output_.text(), packet);
      } else {
        output_.text().append("(").append(payload_name(packet)).append(")");
      }
      output_.text() += '\n';
      packets_.push_back(std::move(packet));
    }
  }

  std::string prefix_;
  StandardOutput output_;
  std::vector<Packet> packets_;
};

const ComponentSpec spec{
    .name = "core/print",
    .summary = "Prints every packet and passes it on",
    .doc =
        "Writes each payload to standard output, a line each as stdout/write does, and passes the "
        "packet on unchanged. For a look at what flows somewhere in a graph.",
    .inputs = {{.name = "in", .doc = "Any packets"}},
    .outputs = {{.name = "out", .doc = "The same packets", .required = false, .passes = true}},
    .options = {{.name = "prefix", .type = OptionType::text, .doc = "What each line begins with."}},
    .stateful = true,
    .example = {.graph = R"(name: print
processes:
  read: {component: stdin/read}
  look: {component: core/print, config: {prefix: "saw "}}
  end: {component: core/discard}
connections:
  - read -> look -> end
)",
                .input = "one\ntwo\n",
                .output = "saw one\nsaw two\n"},
    .make = [](const Config& config) -> Instance { return std::make_unique<Print>(config); },
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(core, print, spec)
