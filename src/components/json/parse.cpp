#include <fmt/format.h>

#include <exception>
#include <string_view>
#include <utility>

#include "core/_payload.hpp"
#include "json/_parser.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::components {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
// For fields that the next processes may add.
constexpr std::size_t spare_room = 64;

/// True if a line end alone parts the texts, so that the parser may look at them together.
bool follows(std::string_view text, std::string_view next) {
  const char* end = text.data() + text.size();
  return (next.data() == end + 1 && *end == '\n') ||
         (next.data() == end + 2 && end[0] == '\r' && end[1] == '\n');
}

class Parse final : public Batch {
 public:
  explicit Parse(const Config& config)
      : max_depth_(static_cast<unsigned>(config.integer("max_depth"))) {}

  void process(std::span<Packet> packets, Out& out) override {
    while (!packets.empty()) {
      const std::size_t count = find_run(packets);
      for (Packet& packet : packets.first(count)) parse(packet, count > 1, out);
      packets = packets.subspan(count);
    }
  }

 private:
  /// How many of the packets the parser can look at together, which it then has done if they are
  /// more than one.
  std::size_t find_run(std::span<const Packet> packets) {
    const std::string_view first = packets.front().as_bytes();
    const Buffer* buffer = packets.front().bytes_owner();
    std::string_view last = first;
    std::size_t count = 1;
    // A byte order mark is no JSON, and without a buffer there may be no padding.
    if (buffer == nullptr || first.starts_with(byte_order_mark)) return 1;
    for (; count < packets.size() && packets[count].bytes_owner() == buffer; ++count) {
      const std::string_view next = packets[count].as_bytes();
      if (!follows(last, next) || next.starts_with(byte_order_mark)) break;
      if (next.data() + next.size() > first.data() + JsonParser::usual_run) break;
      last = next;
    }
    if (count > 1) parser_.look_ahead({first.data(), last.data() + last.size()});
    return count;
  }

  void parse(Packet& packet, bool in_run, Out& out) {
    if (packet.kind() != PayloadKind::bytes) return fail_needs_bytes(packet, out);
    const std::string_view whole = packet.as_bytes();
    Bytes bytes = packet.take_bytes();
    try {
      // Bytes without a buffer may end where readable memory ends.
      if (bytes.owner() == nullptr) bytes = Bytes::copy(whole);
      std::string_view text = bytes.view();
      const std::size_t mark = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
      text.remove_prefix(mark);
      DocumentPointer document(Document::create(usual_size_ + spare_room));
      JsonParser::Error error;
      if (in_run ? parser_.parse_next(text, max_depth_, *document, error)
                 : parser_.parse(text, max_depth_, *document, error)) {
        document->adopt(std::move(bytes));
        // Documents of one source are much alike.
        usual_size_ = document->size_bytes();
        packet.set_document(document.release());
        return out.emit(std::move(packet));
      }
      packet.set_bytes(std::move(bytes));
      out.fail(std::move(packet), "parse",
               fmt::format("not JSON: {} (byte {})", error.what, mark + error.at + 1));
    } catch (const std::exception& error) {
      // Only this packet could not be handled.
      if (bytes.owner() != nullptr) packet.set_bytes(std::move(bytes));
      out.fail(std::move(packet), "exception", error.what());
    }
  }

  unsigned max_depth_;
  std::size_t usual_size_ = 0;
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
