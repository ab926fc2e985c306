#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "graph/option_words.hpp"
#include "graph/reference.hpp"
#include "weir/advice.hpp"

namespace weir::graph {
namespace {

using Json = nlohmann::ordered_json;

Json port_json(const PortSpec& port) {
  return {{"name", port.name},         {"doc", port.doc},     {"type", word(port.type)},
          {"required", port.required}, {"array", port.array}, {"lossless", port.lossless}};
}

Json option_json(const OptionSpec& option) {
  Json json{{"name", option.name},
            {"type", identifier(option.type)},
            {"doc", option.doc},
            {"required", option.required}};
  if (!option.default_value.empty()) json["default"] = option.default_value;
  if (option.min) json["min"] = *option.min;
  if (option.max) json["max"] = *option.max;
  if (!option.words.empty()) json["words"] = option.words;
  if (!option.schema.empty()) json["schema"] = Json::parse(option.schema);
  if (option.exclusive) json["exclusive"] = true;
  if (!option.resource.empty()) json["resource"] = option.resource;
  return json;
}

Json files_json(const std::vector<std::pair<std::string_view, std::string_view>>& files) {
  Json json = Json::object();
  for (const auto& [name, text] : files) json[std::string(name)] = text;
  return json;
}

Json to_json(const ComponentSpec& spec) {
  Json inputs = Json::array();
  for (const PortSpec& port : spec.inputs) inputs.push_back(port_json(port));
  Json outputs = Json::array();
  for (const PortSpec& port : spec.outputs) outputs.push_back(port_json(port));
  Json options = Json::array();
  for (const OptionSpec& option : spec.options) options.push_back(option_json(option));
  return {{"name", spec.name},
          {"summary", spec.summary},
          {"doc", spec.doc},
          {"inputs", std::move(inputs)},
          {"outputs", std::move(outputs)},
          {"options", std::move(options)},
          {"parallel", spec.parallel},
          {"expires", spec.expires},
          {"stateful", spec.stateful},
          {"blocking", spec.blocking != nullptr},
          {"least_input", spec.least_input},
          {"example",
           {{"graph", spec.example.graph},
            {"input", spec.example.input},
            {"output", spec.example.output},
            {"files_before", files_json(spec.example.files_before)},
            {"files_after", files_json(spec.example.files_after)},
            {"endless", spec.example.endless}}}};
}

}  // namespace

std::string components_json(const Registry& registry) {
  Json all = Json::array();
  for (const ComponentSpec* spec : registry.all()) all.push_back(to_json(*spec));
  return all.dump(2) + "\n";
}

std::string component_json(const ComponentSpec& spec) {
  return to_json(spec).dump(2) + "\n";
}

std::string unknown_component(const Registry& registry, std::string_view name) {
  std::vector<std::string_view> names;
  for (const ComponentSpec* spec : registry.all()) names.push_back(spec->name);
  const std::string_view near = closest(name, names);
  return fmt::format("unknown component {}; {}", quote(name),
                     near.empty() ? std::string("\"weir components\" lists them all")
                                  : fmt::format("did you mean \"{}\"?", near));
}

}  // namespace weir::graph
