#include <fmt/format.h>

#include "core/_payload.hpp"
#include "json/_parser.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::components {
namespace {

class Parse final : public Transform {
 public:
  explicit Parse(const Config& config)
      : max_depth_(static_cast<unsigned>(config.integer("max_depth"))) {}

  void process(Packet& packet, Out& out) override {
    if (packet.kind() != PayloadKind::bytes) return fail_needs_bytes(packet, out);
    Bytes bytes = packet.bytes_slice();
    // Bytes without a buffer may end where readable memory ends.
    if (bytes.owner() == nullptr) bytes = Bytes::copy(bytes.view());
    std::string_view text = bytes.view();
    const std::size_t mark = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;  // byte order mark
    text.remove_prefix(mark);

    DocumentPointer document(Document::create());
    document->keep(bytes.owner());
    JsonParser::Error error;
    if (parser_.parse(text, max_depth_, *document, error)) {
      packet.set_document(document.release());
      return;
    }
    out.fail(std::move(packet), "parse",
             fmt::format("not JSON: {} (byte {})", error.what, mark + error.at + 1));
  }

 private:
  unsigned max_depth_;
  JsonParser parser_;
};

const ComponentSpec spec{
    .name = "json/parse",
    .summary = "Parses JSON text into documents",
    .doc =
        "Each packet holds one JSON value (RFC 8259). All of it is checked: what is not JSON goes "
        "to `error` with kind `parse`, a text that says what is wrong and at which byte (the first "
        "is 1), and its bytes unchanged. Integers must fit 64 bits, other numbers a double. White "
        "space around the value and a byte order mark are passed over; an empty line is an "
        "error.\n\n"
        "If a name occurs twice in a map both fields are kept, and the last is the one that others "
        "see. Texts without escapes are slices of the packet's bytes: nothing is copied.",
    .inputs = {{.name = "in", .doc = "JSON text", .type = PayloadType::bytes}},
    .outputs = {{.name = "out", .doc = "Documents", .type = PayloadType::document}},
    .options = {{.name = "max_depth",
                 .type = OptionType::integer,
                 .doc = "How deep lists and maps may be nested.",
                 .default_value = "128",
                 .min = 1,
                 .max = 1024}},
    .parallel = true,
    .example = {.graph = R"(name: json-parse
processes:
  read: {component: stdin/read}
  parse: {component: json/parse}
  write: {component: stdout/write}
  reject: {component: file/write, config: {path: rejected.jsonl}}
connections:
  - read -> parse -> write
  - parse.error -> reject
)",
                .input = "{ \"id\": 1, \"tags\": [ \"a\", \"b\" ] }\n{\"id\": 2\n",
                .output = "{\"id\":1,\"tags\":[\"a\",\"b\"]}\n",
                .files_after = {{"rejected.jsonl",
                                 "{\"error\":\"not JSON: a comma or } is missing (byte 9)\","
                                 "\"kind\":\"parse\",\"process\":\"parse\","
                                 "\"packet\":\"{\\\"id\\\": 2\"}\n"}}},
    .make = [](const Config& config) -> Instance { return std::make_unique<Parse>(config); },
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(json, parse, spec)
