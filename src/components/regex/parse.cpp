#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "core/_fields.hpp"
#include "core/_pattern.hpp"
#include "core/_payload.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::components {
namespace {

class Parse final : public Transform {
 public:
  explicit Parse(const Config& config) : pattern_(compile_pattern(config.text("pattern"))) {
    if (config.has("field")) field_ = config.text("field");
    const std::vector<std::string> numbers = config.text_list("numbers");
    for (const auto& [index, name] : pattern_->CapturingGroupNames()) {
      names_.add(name);
      groups_.push_back({index, std::find(numbers.begin(), numbers.end(), name) != numbers.end()});
    }
    found_.resize(static_cast<std::size_t>(pattern_->NumberOfCapturingGroups()) + 1);
  }

  void process(Packet& packet, Out& out) override {
    if (!field_.empty()) return process_field(packet, out);
    if (packet.kind() != PayloadKind::bytes) return fail_needs_bytes(packet, out);
    Bytes bytes = packet.bytes_slice();
    if (bytes.owner() == nullptr) bytes = Bytes::copy(bytes.view());
    match(bytes.view());
    DocumentPointer document(Document::create());
    document->keep(bytes.owner());
    const std::string_view names = names_.store(*document);
    const auto fields = document->allocate_array<Field>(groups_.size());
    std::size_t count = 0;
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      if (!took_part(i)) continue;
      new (&fields[count++]) Field{names_.at(names, i), value_of(i, names_.at(names, i))};
    }
    document->set_root(Value::map(fields.first(count)));
    packet.set_document(document.release());
  }

 private:
  struct Group {
    int index;
    bool number;
  };

  void process_field(Packet& packet, Out& out) {
    if (!has_fields(packet)) return fail_needs_fields(packet, out);
    const Value* value = packet.as_document().find_path(field_);
    if (value == nullptr || value->kind() != ValueKind::text) {
      throw Failure("parse", fmt::format("the document has no text in the field {}", field_));
    }
    match(value->as_text());
    values_.clear();
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      const std::string_view name = names_.at(names_.text(), i);
      if (took_part(i)) values_.emplace_back(name, value_of(i, name));
    }
    // The texts lie in the document, or in a buffer that it keeps.
    const Document& seen = packet.as_document();
    DocumentPointer copy(seen.unique() ? nullptr : seen.clone());
    Document& document = copy ? *copy : packet.edit_document();
    for (const auto& [name, found] : values_) {
      document.set(name, copy ? document.copy(found) : found);
    }
    if (copy) packet.set_document(copy.release());
  }

  void match(std::string_view text) {
    require_utf8(text, "the text");
    const re2::StringPiece piece(text.data(), text.size());
    if (!pattern_->Match(piece, 0, piece.size(), RE2::UNANCHORED, found_.data(),
                         static_cast<int>(found_.size()))) {
      throw Failure("parse", "the text does not match the pattern");
    }
  }

  const re2::StringPiece& found(std::size_t group) const {
    return found_[static_cast<std::size_t>(groups_[group].index)];
  }
  bool took_part(std::size_t group) const { return found(group).data() != nullptr; }

  Value value_of(std::size_t group, std::string_view name) const {
    const std::string_view text(found(group).data(), found(group).size());
    if (!groups_[group].number) return Value::text(text);
    return parse_number(text, "the value of ", name);
  }

  std::unique_ptr<RE2> pattern_;
  std::string field_;
  FieldNames names_;
  std::vector<Group> groups_;
  std::vector<re2::StringPiece> found_;
  std::vector<std::pair<std::string_view, Value>> values_;
};

void check(const Config& config, Problems& problems) {
  if (!config.has("pattern")) return;
  const std::unique_ptr<RE2> pattern = compile_pattern(config.text("pattern"));
  if (!pattern->ok()) {
    problems.error(config.at("pattern"), pattern_fault(*pattern));
    return;
  }
  const auto& names = pattern->NamedCapturingGroups();
  if (names.empty()) {
    problems.error(config.at("pattern"),
                   "the pattern has no named groups: write them as (?P<name>...)");
  }
  for (const std::string& name : config.text_list("numbers")) {
    if (names.find(name) != names.end()) continue;
    problems.error(config.at("numbers"), fmt::format("the pattern has no group named {}", name));
  }
}

const ComponentSpec spec{
    .name = "regex/parse",
    .summary = "Takes the parts of a text apart with a regular expression",
    .doc =
        "The named groups of `pattern` become the fields of a document. The pattern is found "
        "anywhere in the text; write `^` and `$` to match all of it. Its syntax is RE2's, whose "
        "time is linear in the length of the text. A group that takes no part in the match is left "
        "out. Values are texts, but those listed under `numbers`; an integer beyond 64 bits is an "
        "error.\n\n"
        "With `field` the text is that of a field, and the groups are set in the same document. "
        "What does not match goes to `error` with kind `parse`, and so does a text that is not "
        "UTF-8.",
    .inputs = {{.name = "in", .doc = "Lines of text; documents with `field`"}},
    .outputs = {{.name = "out", .doc = "Documents", .type = PayloadType::document}},
    .options = {{.name = "pattern",
                 .type = OptionType::text,
                 .doc = "A regular expression with groups such as `(?P<status>[0-9]+)`.",
                 .required = true},
                {.name = "field",
                 .type = OptionType::text,
                 .doc = "The field of a document to take apart."},
                {.name = "numbers",
                 .type = OptionType::text_list,
                 .doc = "The groups whose values are numbers; an empty one becomes null."}},
    .parallel = true,
    .example = {.graph = R"yaml(name: regex
processes:
  read: {component: stdin/read}
  parse:
    component: regex/parse
    config:
      pattern: '^(?P<host>\S+) "(?P<method>[A-Z]+) (?P<path>\S+)" (?P<status>[0-9]+)$'
      numbers: [status]
  write: {component: stdout/write}
connections:
  - read -> parse -> write
)yaml",
                .input = "10.0.0.7 \"GET /index.html\" 200\n",
                .output = R"({"host":"10.0.0.7","method":"GET","path":"/index.html","status":200}
)"},
    .make = [](const Config& config) -> Instance { return std::make_unique<Parse>(config); },
    .check = check,
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(regex, parse, spec)
