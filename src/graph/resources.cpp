// Reads the map `resources`, and holds the processes against it.
#include <fmt/format.h>

#include <algorithm>

#include "graph/draft.hpp"
#include "graph/keys.hpp"
#include "graph/numbers.hpp"
#include "weir/advice.hpp"
#include "weir/config.hpp"

namespace weir::graph {
namespace {

constexpr unsigned usual_max = 10;

void read_type(const Setting& value, ResourceModel& model, Draft& draft) {
  if (value.kind != Setting::Kind::text) {
    draft.problems.error(value.at, fmt::format("type must be the name of a type of resource, not "
                                               "{}",
                                               describe(value)));
    return;
  }
  model.type = draft.registry.find_resource(value.text);
  if (model.type != nullptr) return;
  std::vector<std::string_view> names;
  for (const ResourceSpec* spec : draft.registry.resources()) names.push_back(spec->name);
  draft.problems.error(value.at, fmt::format("unknown type of resource {}{}", quote(value.text),
                                             suggestion(value.text, names)));
}

void read_limits(const Setting& settings, std::string_view what, ResourceModel& model,
                 Problems& problems) {
  const Setting* min = value_of(settings, "min");
  const Setting* max = value_of(settings, "max");
  std::optional<std::int64_t> least;
  std::optional<std::int64_t> most;
  if (min != nullptr) least = read_whole(*min, "min", 0, pool_max, problems);
  if (max != nullptr) most = read_whole(*max, "max", 1, pool_max, problems);
  model.max = most ? static_cast<unsigned>(*most) : usual_max;
  model.min = least ? static_cast<unsigned>(*least) : std::min(1U, model.max);
  if (!most) model.max = std::max(model.max, model.min);
  if (model.min > model.max) {
    problems.error(min->at,
                   fmt::format("{0}: min {1} is above max {2}: set min to {2} or less, or max to "
                               "{1} or more",
                               what, model.min, model.max));
  }
}

void read_config(const Setting& settings, ResourceModel& model, Problems& problems) {
  if (const Setting* config = value_of(settings, "config")) {
    model.config = *config;
  } else {
    model.config.at = model.at;
  }
  if (model.type != nullptr) Config(*model.type, model.config).validate(problems);
}

void read_resource(const SettingField& field, Draft& draft) {
  Problems& problems = draft.problems;
  ResourceModel& model = draft.graph.resources.emplace_back();
  model.name = field.name;
  model.at = field.at;
  const std::string what = fmt::format("resource {}", quote(field.name));
  if (!is_name(field.name)) {
    problems.error(field.at,
                   fmt::format("{} cannot be the name of a resource: names are letters, digits, _ "
                               "and -, and start with a letter or _",
                               quote(field.name)));
  }
  const Setting& settings = field.value;
  if (settings.is_scalar()) {
    problems.error(settings.at, fmt::format("{} must be a map such as {{type: postgres, max: 20}}, "
                                            "not {}",
                                            what, describe(settings)));
    return;
  }
  if (!check_keys(settings, Map::resource, what, problems)) return;
  if (const Setting* type = value_of(settings, "type")) read_type(*type, model, draft);
  read_limits(settings, what, model, problems);
  read_config(settings, model, problems);
}

const ResourceModel* find(const Graph& graph, std::string_view name) {
  const auto found = std::find_if(graph.resources.begin(), graph.resources.end(),
                                  [&](const ResourceModel& each) { return each.name == name; });
  return found == graph.resources.end() ? nullptr : &*found;
}

void check_use(const ProcessModel& process, const OptionSpec& option, const Config& config,
               Draft& draft) {
  const std::string name = config.text(option.name);
  const Location at = config.at(option.name);
  const ResourceModel* resource = find(draft.graph, name);
  if (resource == nullptr) {
    if (draft.graph.resources.empty()) {
      draft.problems.error(
          at,
          fmt::format("{0} ({1}) names the resource {2}, but the graph has none: add "
                      "\"resources: {{{3}: {{type: {4}}}}}\" at its top",
                      process.name, process.component->name, quote(name), name, option.resource));
      return;
    }
    std::vector<std::string_view> names;
    for (const ResourceModel& each : draft.graph.resources) names.push_back(each.name);
    draft.problems.error(
        at, fmt::format("{} ({}) names the resource {}, which is not declared{}", process.name,
                        process.component->name, quote(name), suggestion(name, names)));
  } else if (resource->type != nullptr && resource->type->name != option.resource) {
    draft.problems.error(
        at, fmt::format("{} ({}) needs a resource of type {}, but {} (line {}) is of type {}",
                        process.name, process.component->name, option.resource, resource->name,
                        resource->at.line, resource->type->name));
  }
}

template <class Each>
void for_each_use(const ProcessModel& process, const Each& each) {
  if (process.component == nullptr) return;
  const Config config(*process.component, process.config);
  for (const OptionSpec& option : process.component->options) {
    if (option.type == OptionType::resource && config.has(option.name)) each(option, config);
  }
}

}  // namespace

void read_resources(const Setting& resources, Draft& draft) {
  if (resources.kind != Setting::Kind::map) {
    draft.problems.error(resources.at, fmt::format("resources must be a map from names to "
                                                   "resources, such as \"db: {{type: "
                                                   "postgres}}\", not {}",
                                                   describe(resources)));
    return;
  }
  draft.graph.resources.reserve(resources.fields.size());
  for (const SettingField& field : resources.fields) read_resource(field, draft);
}

void check_resources(Draft& draft) {
  bool doubtful = false;
  std::vector<std::string> used;
  for (std::size_t i = 0; i < draft.graph.processes.size(); ++i) {
    const ProcessModel& process = draft.graph.processes[i];
    if (process.component == nullptr || !draft.processes[i].config_holds) {
      doubtful = true;
      continue;
    }
    for_each_use(process, [&](const OptionSpec& option, const Config& config) {
      used.push_back(config.text(option.name));
      doubtful |= find(draft.graph, used.back()) == nullptr;
      check_use(process, option, config, draft);
    });
  }
  // A process that could not be read may have meant it.
  if (doubtful) return;
  for (const ResourceModel& resource : draft.graph.resources) {
    if (std::find(used.begin(), used.end(), resource.name) != used.end()) continue;
    draft.problems.warn(resource.at,
                        fmt::format("no process uses the resource {}", quote(resource.name)));
  }
}

std::vector<std::size_t> resources_of(const Graph& graph, const ProcessModel& process) {
  std::vector<std::size_t> found;
  for_each_use(process, [&](const OptionSpec& option, const Config& config) {
    const ResourceModel* resource = find(graph, config.text(option.name));
    if (resource == nullptr) return;
    const auto index = static_cast<std::size_t>(resource - graph.resources.data());
    if (std::find(found.begin(), found.end(), index) == found.end()) found.push_back(index);
  });
  return found;
}

}  // namespace weir::graph
