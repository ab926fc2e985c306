#include <algorithm>
#include <string>
#include <vector>

#include "core/_payload.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::components {
namespace {

class Remove final : public Transform {
 public:
  explicit Remove(const Config& config) : fields_(config.text_list("fields")) {}

  void process(Packet& packet, Out& out) override {
    if (!has_fields(packet)) return fail_needs_fields(packet, out);
    // A document that has none of the fields is not touched, so that a shared one is not copied.
    const Document& seen = packet.as_document();
    const bool any = std::any_of(fields_.begin(), fields_.end(), [&](const std::string& name) {
      return seen.find(name) != nullptr;
    });
    if (!any) return;
    Document& document = packet.edit_document();
    for (const std::string& name : fields_) document.remove(name);
  }

 private:
  std::vector<std::string> fields_;
};

void check(const Config& config, Problems& problems) {
  if (config.has("fields") && config.text_list("fields").empty()) {
    problems.error(config.at("fields"), "fields is empty: name the fields to remove");
  }
}

const ComponentSpec spec{
    .name = "core/remove",
    .summary = "Removes fields from a document",
    .doc = "Fields that are not there are passed over. A name with dots is just a name here.",
    .inputs = {{.name = "in", .doc = "Documents", .type = PayloadType::document}},
    .outputs = {{.name = "out",
                 .doc = "The same documents without the fields",
                 .type = PayloadType::document}},
    .options = {{.name = "fields",
                 .type = OptionType::text_list,
                 .doc = "The names of the fields to remove.",
                 .required = true}},
    .parallel = true,
    .example = {.graph = R"(name: remove
processes:
  read: {component: stdin/read}
  parse: {component: json/parse}
  hide: {component: core/remove, config: {fields: [password, token]}}
  write: {component: stdout/write}
connections:
  - read -> parse -> hide -> write
)",
                .input = R"({"user":"eve","password":"x"}
{"user":"bob","age":7}
)",
                .output = R"({"user":"eve"}
{"user":"bob","age":7}
)"},
    .make = [](const Config& config) -> Instance { return std::make_unique<Remove>(config); },
    .check = check,
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(core, remove, spec)
