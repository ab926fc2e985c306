#include "graph/overrides.hpp"

#include <fmt/format.h>

#include "graph/keys.hpp"
#include "graph/yaml.hpp"
#include "weir/advice.hpp"

namespace weir::graph {
namespace {

SettingField* find_field(Setting& map, std::string_view name) {
  for (SettingField& field : map.fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

void forget_places(Setting& setting) {
  setting.at = {};
  for (Setting& item : setting.items) forget_places(item);
  for (SettingField& field : setting.fields) {
    field.at = {};
    forget_places(field.value);
  }
}

const OptionSpec* option_of(const Setting& process, std::string_view option,
                            const Registry& registry) {
  const Setting* component = value_of(process, "component");
  const ComponentSpec* spec = component != nullptr ? registry.find(component->text) : nullptr;
  if (spec == nullptr) return nullptr;
  for (const OptionSpec& candidate : spec->options) {
    if (candidate.name == option) return &candidate;
  }
  return nullptr;
}

Setting typed(const Override& override, const OptionSpec* option, Problems& problems) {
  if (option == nullptr) return Setting::plain(override.value);
  switch (option->type) {
    case OptionType::text: return Setting::quoted_text(override.value);
    case OptionType::text_list:
      // A single text is a list of one, and may well begin as YAML does not like: *.log.
      if (!override.value.starts_with('[')) return Setting::quoted_text(override.value);
      break;
    case OptionType::text_map:
    case OptionType::value_map:
    case OptionType::any: break;
    default: return Setting::plain(override.value);
  }
  Tree tree = parse_yaml(SourceText(override.value), nullptr);
  for (const Problem& problem : tree.problems.list()) {
    problems.error(
        {}, fmt::format("--set: {}.{}: {}", override.process, override.option, problem.text));
  }
  Setting value = tree.root ? std::move(*tree.root) : Setting{};
  forget_places(value);
  return value;
}

}  // namespace

void apply_overrides(Setting& root, const std::vector<Override>& overrides,
                     const Registry& registry, Problems& problems) {
  SettingField* processes = find_field(root, "processes");
  if (processes == nullptr || processes->value.kind != Setting::Kind::map) return;
  for (const Override& override : overrides) {
    SettingField* process = find_field(processes->value, override.process);
    if (process == nullptr) {
      std::vector<std::string_view> names;
      for (const SettingField& field : processes->value.fields) names.push_back(field.name);
      problems.error({}, fmt::format("--set: unknown process {}{}", quote(override.process),
                                     suggestion(override.process, names)));
      continue;
    }
    if (process->value.kind != Setting::Kind::map) continue;
    SettingField* config = find_field(process->value, "config");
    if (config == nullptr) {
      process->value.fields.push_back({"config", process->at, {}});
      config = &process->value.fields.back();
      config->value.at = process->at;
    }
    if (config->value.kind == Setting::Kind::null) config->value.kind = Setting::Kind::map;
    if (config->value.kind != Setting::Kind::map) continue;
    Setting value = typed(override, option_of(process->value, override.option, registry), problems);
    if (SettingField* option = find_field(config->value, override.option)) {
      option->at = {};
      option->value = std::move(value);
    } else {
      config->value.fields.push_back({override.option, {}, std::move(value)});
    }
  }
}

std::optional<Override> parse_override(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {};
  const std::string_view target = text.substr(0, equals);
  const std::size_t dot = target.find('.');
  if (dot == std::string_view::npos) return {};
  const std::string_view process = target.substr(0, dot);
  const std::string_view option = target.substr(dot + 1);
  if (!is_name(process) || !is_name(option)) return {};
  return Override{std::string(process), std::string(option), std::string(text.substr(equals + 1))};
}

}  // namespace weir::graph
