#include <fmt/format.h>

#include <string>
#include <vector>

#include "core/_fields.hpp"
#include "core/_path.hpp"
#include "core/_payload.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::components {
namespace {

class Select final : public Transform {
 public:
  explicit Select(const Config& config) {
    const Setting& fields = *config.setting("fields");
    for (const Setting& item : fields.items) add(item.text, item.text);
    for (const SettingField& field : fields.fields) add(field.name, field.value.text);
  }

  void process(Packet& packet, Out& out) override {
    if (!has_fields(packet)) return fail_needs_fields(packet, out);
    const Document& from = packet.as_document();
    if (from.unique()) {
      Document& document = packet.edit_document();
      pick(from.root(), document, false);
      document.set_fields(picked_);
      return;
    }
    // Shared: copy what is kept, rather than all of it.
    DocumentPointer copy(Document::create());
    pick(from.root(), *copy, true);
    copy->set_fields(picked_);
    packet.set_document(copy.release());
  }

 private:
  void add(const std::string& name, const std::string& path) {
    names_.add(name);
    paths_.emplace_back(path);
  }

  void pick(const Value& root, Document& to, bool copy) {
    const std::string_view names = names_.store(to);
    picked_.clear();
    for (std::size_t i = 0; i < paths_.size(); ++i) {
      const Value* value = paths_[i].find(root);
      if (value == nullptr) continue;
      picked_.push_back({names_.at(names, i), copy ? to.copy(*value) : *value});
    }
  }

  FieldNames names_;
  std::vector<FieldPath> paths_;
  std::vector<Field> picked_;
};

void check_name(const Setting& setting, Problems& problems) {
  if (!setting.is_scalar() || setting.text.empty()) {
    problems.error(setting.at,
                   "the name of a field belongs here, such as status or request.method");
  }
}

void check(const Config& config, Problems& problems) {
  const Setting* fields = config.setting("fields");
  if (fields == nullptr) return;
  if (fields->is_scalar() || (fields->items.empty() && fields->fields.empty())) {
    problems.error(fields->at,
                   "fields must be a map {new: old}, or a list of the names to keep: [id, name]");
    return;
  }
  for (const Setting& item : fields->items) check_name(item, problems);
  for (const SettingField& field : fields->fields) check_name(field.value, problems);
}

const ComponentSpec spec{
    .name = "core/select",
    .summary = "Keeps some fields of a document, under names of your choice",
    .doc =
        "The document goes on with the chosen fields alone, in the order in which they are listed. "
        "A field that the document lacks is left out.",
    .inputs = {{.name = "in", .doc = "Documents", .type = PayloadType::document}},
    .outputs = {{.name = "out", .doc = "The smaller documents", .type = PayloadType::document}},
    .options =
        {{.name = "fields",
          .type = OptionType::any,
          .doc = "A map from the new name to the old one, or a list of names to keep. Old names "
                 "with dots go down into maps: `request.method`.",
          .required = true,
          .schema = R"({"oneOf": [
  {"type": "object", "minProperties": 1,
   "additionalProperties": {"type": ["string", "number", "boolean"]}},
  {"type": "array", "minItems": 1, "items": {"type": ["string", "number", "boolean"]}}]})"}},
    .parallel = true,
    .example = {.graph = R"(name: select
processes:
  read: {component: stdin/read}
  parse: {component: json/parse}
  shape: {component: core/select, config: {fields: {service: service, method: request.method}}}
  write: {component: stdout/write}
connections:
  - read -> parse -> shape -> write
)",
                .input = R"({"request":{"method":"GET","path":"/"},"service":"shop","took":12}
{"service":"mail"}
)",
                .output = R"({"service":"shop","method":"GET"}
{"service":"mail"}
)"},
    .make = [](const Config& config) -> Instance { return std::make_unique<Select>(config); },
    .check = check,
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(core, select, spec)
