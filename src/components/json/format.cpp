#include <fmt/format.h>

#include <string>

#include "core/_payload.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"
#include "weir/text.hpp"

namespace weir::components {
namespace {

class Format final : public Transform {
 public:
  void process(Packet& packet, Out& out) override {
    if (packet.kind() != PayloadKind::document && packet.kind() != PayloadKind::number) {
      const std::string text = fmt::format(
          "a document or a number is needed but the packet carries {}: text is written as it is, "
          "without json/format",
          payload_name(packet));
      out.fail(std::move(packet), "type", text);
      return;
    }
    text_.clear();
    append_json(text_, payload_value(packet));
    packet.set_bytes(writer_.write(text_));
  }

 private:
  std::string text_;
  BytesWriter writer_;
};

const ComponentSpec spec{
    .name = "json/format",
    .summary = "Writes documents as JSON text",
    .doc =
        "The text is compact JSON (RFC 8259) on one line. Fields keep their order; numbers that "
        "are "
        "not integers are written in the shortest form that reads back the same. file/write and "
        "stdout/write do this by themselves: use json/format where bytes are needed.",
    .inputs = {{.name = "in", .doc = "Documents or numbers"}},
    .outputs = {{.name = "out", .doc = "JSON text", .type = PayloadType::bytes}},
    .parallel = true,
    .example = {.graph = R"(name: json-format
processes:
  read: {component: stdin/read}
  parse: {component: json/parse}
  format: {component: json/format}
  large: {component: core/filter, config: {where: {matches: "\"total\":[0-9]{4,}"}}}
  write: {component: stdout/write}
connections:
  - read -> parse -> format -> large -> write
)",
                .input = "{ \"total\": 12 }\n{ \"total\": 1200.50 }\n",
                .output = "{\"total\":1200.5}\n"},
    .make = [](const Config&) -> Instance { return std::make_unique<Format>(); },
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(json, format, spec)
