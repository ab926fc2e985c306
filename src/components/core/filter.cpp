#include "core/_condition.hpp"
#include "core/_payload.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::components {
namespace {

class Filter final : public Transform {
 public:
  explicit Filter(const Config& config) : condition_(*config.setting("where"), *arena_, problems_) {
    needs_document_ = condition_.needs_document();
  }

  void process(Packet& packet, Out& out) override {
    // A list has no fields, so that none of them matches.
    if (needs_document_ && packet.kind() != PayloadKind::document) {
      return fail_needs_fields(packet, out);
    }
    if (condition_.holds(payload_value(packet))) return;
    if (out.connected(not_matched)) {
      out.emit(not_matched, std::move(packet));
    } else {
      out.end(std::move(packet), Ended::filtered);
    }
  }

 private:
  static constexpr unsigned not_matched = 1;

  DocumentPointer arena_{Document::create()};
  Problems problems_;
  Condition condition_;
  bool needs_document_;
};

void check(const Config& config, Problems& problems) {
  const Setting* where = config.setting("where");
  if (where == nullptr) return;
  const DocumentPointer arena(Document::create());
  Condition(*where, *arena, problems);
}

const ComponentSpec spec{
    .name = "core/filter",
    .summary = "Passes on the packets that meet a condition",
    .doc =
        "`where` names a field and what must hold for it; several tests must all hold. The others "
        "go to `else` if it is connected, otherwise they end, counted as filtered.\n\n"
        "| test | holds if the value |\n| --- | --- |\n"
        "| `equals: 404` | is this value; numbers are equal however they are written |\n"
        "| `not: 404` | is there and is not this value, or none of a list |\n"
        "| `in: [404, 410]` | is one of these |\n"
        "| `matches: \"^/api/\"` | is a text in which this regular expression (RE2) is found; "
        "bytes that "
        "are not UTF-8 are compared byte by byte |\n"
        "| `at_least: 500`, `below: 600` | is a number in this range, or a text in the order of "
        "its bytes |\n"
        "| `exists: true` | is there at all; with false, is missing |\n"
        "| `all`, `any`, `none` | meets all, at least one, none of a list of conditions |\n\n"
        "A missing field does not match, and neither does a value of another kind: the text "
        "\"404\" is not the number 404. Without `field` the tests are for the payload itself, a "
        "number or a line of text.",
    .inputs = {{.name = "in", .doc = "Documents; any packets if no test names a field"}},
    .outputs =
        {{.name = "out", .doc = "The packets that match", .required = false, .passes = true},
         {.name = "else", .doc = "The packets that do not", .required = false, .passes = true}},
    .options = {{.name = "where",
                 .type = OptionType::any,
                 .doc = "The condition.",
                 .required = true,
                 .schema =
                     R"({"type": "object", "minProperties": 1, "additionalProperties": false,
 "properties": {
  "field": {"type": ["string", "number"]},
  "equals": {"type": ["string", "number", "boolean", "null"]},
  "not": {"type": ["string", "number", "boolean", "null", "array"]}, "in": {"type": "array"},
  "matches": {"type": "string"}, "at_least": {"type": ["number", "string"]},
  "below": {"type": ["number", "string"]}, "exists": {"type": "boolean"},
  "all": {"type": "array", "minItems": 1, "items": {"type": "object"}},
  "any": {"type": "array", "minItems": 1, "items": {"type": "object"}},
  "none": {"type": "array", "minItems": 1, "items": {"type": "object"}}}})"}},
    .parallel = true,
    .example = {.graph = R"(name: filter
processes:
  read: {component: stdin/read}
  parse: {component: json/parse}
  wanted:
    component: core/filter
    config:
      where:
        any:
          - {field: status, at_least: 500}
          - {field: path, matches: "^/admin"}
  write: {component: stdout/write}
  rest: {component: file/write, config: {path: rest.jsonl}}
connections:
  - read -> parse -> wanted -> write
  - wanted.else -> rest
)",
                .input = R"({"status":200,"path":"/"}
{"status":503,"path":"/"}
{"status":404,"path":"/admin"}
{"message":"no status"}
)",
                .output = R"({"status":503,"path":"/"}
{"status":404,"path":"/admin"}
)",
                .files_after = {{"rest.jsonl", R"({"status":200,"path":"/"}
{"message":"no status"}
)"}}},
    .make = [](const Config& config) -> Instance { return std::make_unique<Filter>(config); },
    .check = check,
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(core, filter, spec)
