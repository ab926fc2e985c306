#include <string>
#include <utility>
#include <vector>

#include "core/_payload.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"
#include "weir/setting_value.hpp"

namespace weir::components {
namespace {

class Set final : public Transform {
 public:
  explicit Set(const Config& config) {
    if (const Setting* fields = config.setting("fields")) {
      for (const SettingField& field : fields->fields) {
        fields_.emplace_back(field.name, to_value(field.value, *constants_));
      }
    }
    attributes_ = config.text_map("attributes");
  }

  void process(Packet& packet, Out& out) override {
    if (!fields_.empty()) {
      if (!has_fields(packet)) return fail_needs_fields(packet, out);
      Document& document = packet.edit_document();
      for (const auto& [name, value] : fields_) document.set(name, document.copy(value));
    }
    for (const auto& [name, value] : attributes_) packet.set_attribute(name, value);
  }

 private:
  DocumentPointer constants_{Document::create()};
  std::vector<std::pair<std::string, Value>> fields_;
  std::vector<std::pair<std::string, std::string>> attributes_;
};

void check(const Config& config, Problems& problems) {
  if (!config.has("fields") && !config.has("attributes")) {
    problems.error(config.at("fields"),
                   "core/set has nothing to set: give it fields or attributes");
  }
}

const ComponentSpec spec{
    .name = "core/set",
    .summary = "Sets fields of a document to fixed values",
    .doc =
        "A field that is there is replaced in its place, another is added at the end. A name with "
        "dots is just a name here. `attributes` are set on packets of any kind.",
    .inputs = {{.name = "in", .doc = "Documents; any packets if only attributes are set"}},
    .outputs = {{.name = "out", .doc = "The same packets with the values set", .passes = true}},
    .options = {{.name = "fields",
                 .type = OptionType::value_map,
                 .doc = "The fields to set, with their values."},
                {.name = "attributes",
                 .type = OptionType::text_map,
                 .doc = "The attributes (the packet's metadata) to set, with their texts."}},
    .parallel = true,
    .example = {.graph = R"(name: set
processes:
  read: {component: stdin/read}
  parse: {component: json/parse}
  mark: {component: core/set, config: {fields: {site: berlin, checked: true}}}
  write: {component: stdout/write}
connections:
  - read -> parse -> mark -> write
)",
                .input = R"({"id":1}
{"site":"?","id":2}
)",
                .output = R"({"id":1,"site":"berlin","checked":true}
{"site":"berlin","id":2,"checked":true}
)"},
    .make = [](const Config& config) -> Instance { return std::make_unique<Set>(config); },
    .check = check,
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(core, set, spec)
