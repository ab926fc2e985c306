#include "graph/schema.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "graph/keys.hpp"

namespace weir::graph {
namespace {

using Json = nlohmann::ordered_json;

// The same forms as parse_duration, parse_size and parse_rate accept.
constexpr std::string_view duration_pattern = R"(^(0|[0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h|d))$)";
constexpr std::string_view size_pattern = R"(^([0-9]+B?|[0-9]+(\.[0-9]+)?([KMGT]iB|[KMGT]B|kB))$)";
constexpr std::string_view size_with_unit_pattern =
    R"(^([0-9]+B|[0-9]+(\.[0-9]+)?([KMGT]iB|[KMGT]B|kB))$)";
constexpr std::string_view rate_pattern = R"(^[0-9]+(\.[0-9]+)?/(ns|us|ms|s|m|h|d)$)";

Json reference(std::string_view name) {
  return {{"$ref", fmt::format("#/$defs/{}", name)}};
}

/// The name of a component's options as a reference writes it: there, "/" is "~1".
std::string definition_of(const ComponentSpec& spec) {
  const std::size_t slash = spec.name.find('/');
  return fmt::format("{}~1{}", spec.name.substr(0, slash), spec.name.substr(slash + 1));
}

/// `plain`, or a text with an environment variable in it, whose value is not known to an editor.
Json or_variable(Json plain) {
  return {{"anyOf", Json::array({std::move(plain), reference("variable")})}};
}

Json pattern(std::string_view regex) {
  return {{"type", "string"}, {"pattern", regex}};
}

Json whole(std::int64_t min, std::int64_t max) {
  return or_variable({{"type", "integer"}, {"minimum", min}, {"maximum", max}});
}

Json words(std::span<const std::string_view> list) {
  return or_variable({{"enum", std::vector<std::string>(list.begin(), list.end())}});
}

void add_range(Json& schema, const OptionSpec& option) {
  if (option.min) schema["minimum"] = *option.min;
  if (option.max) schema["maximum"] = *option.max;
}

Json value_schema(const OptionSpec& option) {
  switch (option.type) {
    case OptionType::boolean: return or_variable({{"type", "boolean"}});
    case OptionType::integer:
    case OptionType::number: {
      Json number{{"type", option.type == OptionType::integer ? "integer" : "number"}};
      add_range(number, option);
      return or_variable(std::move(number));
    }
    case OptionType::text:
    case OptionType::resource: return {{"type", "string"}};
    case OptionType::duration:
      return {{"anyOf", Json::array({pattern(duration_pattern), Json{{"const", 0}},
                                     reference("variable")})}};
    case OptionType::size:
      return {{"anyOf", Json::array({Json{{"type", "integer"}, {"minimum", 0}},
                                     pattern(size_pattern), reference("variable")})}};
    case OptionType::rate: return or_variable(pattern(rate_pattern));
    case OptionType::word: return words(option.words);
    case OptionType::text_list:
      return {{"anyOf", Json::array({Json{{"type", "string"}},
                                     Json{{"type", "array"}, {"items", {{"type", "string"}}}}})}};
    case OptionType::text_map:
      return {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}};
    case OptionType::value_map: return {{"type", "object"}};
    case OptionType::any: break;
  }
  return option.schema.empty() ? Json::object() : Json::parse(option.schema);
}

Json option_schema(const OptionSpec& option) {
  Json schema = value_schema(option);
  // Beside the keywords of a schema that a component wrote itself, not instead of them.
  if (!schema.contains("description")) schema["description"] = option.doc;
  if (!option.default_value.empty() && !schema.contains("default")) {
    const Setting value = Setting::plain(std::string(option.default_value));
    switch (option.type) {
      case OptionType::boolean: schema["default"] = value.boolean; break;
      case OptionType::integer: schema["default"] = value.integer; break;
      case OptionType::number: schema["default"] = value.number; break;
      default: schema["default"] = option.default_value;
    }
  }
  return schema;
}

template <class Spec>
Json config_schema(const Spec& spec) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const OptionSpec& option : spec.options) {
    properties[std::string(option.name)] = option_schema(option);
    if (option.required) required.push_back(option.name);
  }
  Json schema{{"type", required.empty() ? Json::array({"object", "null"}) : Json("object")},
              {"description", fmt::format("Options of {}: {}.", spec.name, spec.summary)},
              {"properties", std::move(properties)},
              {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

Json map_schema(Map map) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const Key& key : keys(map)) {
    Json schema = Json::parse(key.schema);
    schema["description"] = key.doc;
    properties[std::string(key.name)] = std::move(schema);
    if (key.required) required.push_back(key.name);
  }
  Json schema{
      {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

Json component_schema(const Registry& registry) {
  Json choices = Json::array();
  for (const ComponentSpec* spec : registry.all()) {
    choices.push_back({{"const", spec->name}, {"description", spec->summary}});
  }
  choices.push_back(reference("variable"));
  return {{"anyOf", std::move(choices)}};
}

Json process_schema(const Registry& registry) {
  Json schema = map_schema(Map::process);
  Json cases = Json::array();
  for (const ComponentSpec* spec : registry.all()) {
    Json then{{"properties", {{"config", reference(definition_of(*spec))}}}};
    bool required = false;
    for (const OptionSpec& option : spec->options) required |= option.required;
    if (required) then["required"] = Json::array({"config"});
    cases.push_back({{"if",
                      {{"properties", {{"component", {{"const", spec->name}}}}},
                       {"required", Json::array({"component"})}}},
                     {"then", std::move(then)}});
  }
  if (!cases.empty()) schema["allOf"] = std::move(cases);
  return schema;
}

Json resource_type_schema(const Registry& registry) {
  Json choices = Json::array();
  for (const ResourceSpec* spec : registry.resources()) {
    choices.push_back({{"const", spec->name}, {"description", spec->summary}});
  }
  choices.push_back(reference("variable"));
  return {{"anyOf", std::move(choices)}};
}

Json resource_schema(const Registry& registry) {
  Json schema = map_schema(Map::resource);
  Json cases = Json::array();
  for (const ResourceSpec* spec : registry.resources()) {
    Json then{{"properties", {{"config", reference(fmt::format("resource~1{}", spec->name))}}}};
    cases.push_back({{"if",
                      {{"properties", {{"type", {{"const", spec->name}}}}},
                       {"required", Json::array({"type"})}}},
                     {"then", std::move(then)}});
  }
  if (!cases.empty()) schema["allOf"] = std::move(cases);
  return schema;
}

Json overflow_limit_schema() {
  Json packets{{"type", "integer"}, {"minimum", 1}, {"maximum", overflow_limit_max}};
  return {{"anyOf", Json::array({std::move(packets), pattern(size_with_unit_pattern),
                                 reference("variable")})}};
}

Json definitions(const Registry& registry) {
  Json definitions;
  definitions["name"] = pattern(fmt::format("^{}$", name_pattern));
  definitions["variable"] = {{"type", "string"},
                             {"pattern", R"(\$\{[A-Za-z_])"},
                             {"description", "A text with an environment variable in it."}};
  definitions["process"] = process_schema(registry);
  definitions["component"] = component_schema(registry);
  Json concurrency = Json::array({Json{{"const", "auto"}}, reference("concurrency_number"),
                                  map_schema(Map::concurrency), reference("variable")});
  definitions["concurrency"] = {{"anyOf", std::move(concurrency)}};
  definitions["concurrency_number"] = whole(1, concurrency_max);
  Json rate = Json::array({pattern(rate_pattern), map_schema(Map::rate), reference("variable")});
  definitions["rate"] = {{"anyOf", std::move(rate)}};
  definitions["rate_number"] = or_variable(pattern(rate_pattern));
  definitions["burst"] = whole(1, rate_burst_max);
  definitions["order"] = words(order_words());
  definitions["on_error"] = words(on_error_words());
  Json chain{{"type", "string"},
             {"pattern", "->"},
             {"description", "A chain such as \"read -> parse -> write\"."}};
  definitions["connection"] = {
      {"anyOf", Json::array({std::move(chain), map_schema(Map::connection)})}};
  Json capacity = Json::array({Json{{"const", "auto"}}, reference("capacity_number"),
                               map_schema(Map::capacity), reference("variable")});
  definitions["capacity"] = {{"anyOf", std::move(capacity)}};
  definitions["capacity_number"] = whole(1, capacity_max);
  definitions["overflow"] = map_schema(Map::overflow);
  definitions["overflow_limit"] = overflow_limit_schema();
  definitions["then"] = words(then_words());
  definitions["runtime"] = map_schema(Map::runtime);
  definitions["workers"] = whole(1, workers_max);
  definitions["max_concurrency"] = whole(1, max_concurrency_max);
  definitions["tuning"] = map_schema(Map::tuning);
  definitions["thresholds"] = map_schema(Map::thresholds);
  definitions["queue_length"] = whole(1, queue_length_max);
  definitions["duration"] = pattern(duration_pattern);
  definitions["memory"] = {{"anyOf", Json::array({Json{{"type", "integer"}, {"minimum", 1}},
                                                  pattern(size_pattern), reference("variable")})}};
  definitions["admin"] = map_schema(Map::admin);
  definitions["resource"] = resource_schema(registry);
  definitions["resource_type"] = resource_type_schema(registry);
  definitions["pool_min"] = whole(0, pool_max);
  definitions["pool_number"] = whole(1, pool_max);
  for (const ComponentSpec* spec : registry.all()) {
    definitions[std::string(spec->name)] = config_schema(*spec);
  }
  for (const ResourceSpec* spec : registry.resources()) {
    definitions[fmt::format("resource/{}", spec->name)] = config_schema(*spec);
  }
  return definitions;
}

}  // namespace

std::string schema(const Registry& registry) {
  Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"title", "weir graph"},
              {"description", "A graph file of weir."}};
  schema.update(map_schema(Map::top));
  schema["$defs"] = definitions(registry);
  return schema.dump(2) + "\n";
}

}  // namespace weir::graph
