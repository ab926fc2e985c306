// Reads the map `processes`.
#include <fmt/format.h>

#include "graph/draft.hpp"
#include "graph/keys.hpp"
#include "graph/numbers.hpp"
#include "graph/rate.hpp"
#include "graph/reference.hpp"
#include "weir/advice.hpp"
#include "weir/config.hpp"
#include "weir/setting_value.hpp"

namespace weir::graph {
namespace {

std::string_view payload_form(PayloadType type) {
  switch (type) {
    case PayloadType::bytes: return "a text";
    case PayloadType::document: return "a map or a list";
    case PayloadType::number: return "a number";
    case PayloadType::any: break;
  }
  return "a value";
}

bool fits(const Setting& value, PayloadType type) {
  switch (type) {
    case PayloadType::bytes: return value.may_be_text();
    case PayloadType::document: return !value.is_scalar();
    case PayloadType::number:
      return value.kind == Setting::Kind::integer || value.kind == Setting::Kind::number;
    case PayloadType::any: break;
  }
  return true;
}

/// Reads one process into the last model of the draft.
class ProcessReader {
 public:
  ProcessReader(const SettingField& field, Draft& draft)
      : field_(field),
        what_(fmt::format("process {}", quote(field.name))),
        draft_(draft),
        problems_(draft.problems),
        model_(draft.graph.processes.back()),
        notes_(draft.processes.back()) {}

  void read() {
    if (!is_name(field_.name)) {
      // No connection can name it.
      notes_.doubtful = true;
      problems_.error(field_.at,
                      fmt::format("{} cannot be the name of a process: names are letters, digits, "
                                  "_ and -, and start with a letter or _",
                                  quote(field_.name)));
    }
    const Setting& settings = field_.value;
    if (settings.is_scalar()) {
      problems_.error(settings.at, fmt::format("{} must be a map such as {{component: area/name}}, "
                                               "not {}",
                                               what_, describe(settings)));
      return;
    }
    if (!check_keys(settings, Map::process, what_, problems_)) return;
    read_component();
    read_config();
    if (const Setting* value = value_of(settings, "concurrency")) read_concurrency(*value);
    if (const Setting* value = value_of(settings, "order")) {
      if (const auto word = read_word(*value, "order", order_words())) {
        model_.order = static_cast<Order>(*word);
      }
    }
    if (const Setting* value = value_of(settings, "on_error")) {
      notes_.on_error_given = true;
      if (const auto word = read_word(*value, "on_error", on_error_words())) {
        model_.on_error = static_cast<OnError>(*word);
        notes_.routes_errors = model_.on_error == OnError::route;
      }
    }
    if (const Setting* value = value_of(settings, "timeout")) read_timeout(*value);
    if (const Setting* value = value_of(settings, "rate")) {
      model_.rate = read_rate(*value, model_.component, problems_);
    }
    if (const Setting* value = value_of(settings, "initial")) read_initial(*value);
  }

 private:
  void read_timeout(const Setting& value) {
    model_.timeout = value.is_scalar() ? parse_duration(value.text) : std::nullopt;
    if (!model_.timeout || *model_.timeout <= Duration::zero()) {
      problems_.error(value.at, fmt::format("timeout must be a duration above 0 such as 5s, not {}",
                                            describe(value)));
    } else if (model_.component != nullptr && !model_.component->expires) {
      problems_.error(
          value.at,
          fmt::format(
              "{} cannot have a timeout: it does not wait outside for single packets; leave "
              "it out",
              model_.component->name));
    }
  }

  void read_component() {
    const Setting* name = value_of(field_.value, "component");
    if (name == nullptr) return;
    if (name->kind != Setting::Kind::text) {
      problems_.error(name->at, fmt::format("component must be a name such as file/read, not {}",
                                            describe(*name)));
      return;
    }
    model_.component = draft_.registry.find(name->text);
    if (model_.component == nullptr) {
      problems_.error(name->at, unknown_component(draft_.registry, name->text));
    }
  }

  void read_config() {
    if (const Setting* config = value_of(field_.value, "config")) {
      model_.config = *config;
    } else {
      model_.config.at = model_.at;
    }
    if (model_.component == nullptr) return;
    Problems found;
    Config(*model_.component, model_.config).validate(found);
    notes_.config_holds = !found.has_errors();
    for (const Problem& problem : found.list()) {
      // What stands on the command line has no place, so the message must name the process.
      std::string text =
          problem.at.line == 0 ? fmt::format("--set: {}: {}", what_, problem.text) : problem.text;
      if (problem.warning) {
        problems_.warn(problem.at, std::move(text));
      } else {
        problems_.error(problem.at, std::move(text));
      }
    }
  }

  void read_concurrency(const Setting& value) {
    if (value.kind == Setting::Kind::text && value.text == "auto") return;
    Concurrency& concurrency = model_.concurrency;
    if (value.kind == Setting::Kind::text &&
        Setting::plain(value.text).kind == Setting::Kind::text) {
      problems_.error(value.at,
                      fmt::format("concurrency must be auto, a whole number from 1 to {}, or a map "
                                  "with min and max, not {}",
                                  concurrency_max, describe(value)));
      return;
    }
    if (value.kind != Setting::Kind::map) {
      concurrency.fixed = read_concurrency_number(value, "concurrency");
      refuse_if_serial(value.at, "concurrency", "auto or 1", concurrency.fixed);
      return;
    }
    if (!check_keys(value, Map::concurrency, "concurrency", problems_)) return;
    bool refused = false;
    if (const Setting* bound = value_of(value, "min")) {
      concurrency.min = read_concurrency_number(*bound, "concurrency.min");
      refused = refuse_if_serial(bound->at, "concurrency.min", "1", concurrency.min);
    }
    if (const Setting* bound = value_of(value, "max")) {
      concurrency.max = read_concurrency_number(*bound, "concurrency.max");
      if (!refused) refuse_if_serial(bound->at, "concurrency.max", "1", concurrency.max);
    }
    if (concurrency.min && concurrency.max && *concurrency.min > *concurrency.max) {
      problems_.error(value.at,
                      fmt::format("concurrency.min {} is greater than concurrency.max {}; "
                                  "make max {} or more",
                                  *concurrency.min, *concurrency.max, *concurrency.min));
    }
  }

  std::optional<unsigned> read_concurrency_number(const Setting& value, std::string_view what) {
    const auto number = read_whole(value, what, 1, concurrency_max, problems_);
    if (!number) return {};
    return static_cast<unsigned>(*number);
  }

  bool refuse_if_serial(Location at, std::string_view what, std::string_view instead,
                        std::optional<unsigned> number) {
    if (!number || *number == 1) return false;
    if (model_.component == nullptr || model_.component->parallel) return false;
    problems_.error(at, fmt::format("{} cannot be {}, only {}: {} handles one packet at a time",
                                    what, *number, instead, model_.component->name));
    return true;
  }

  std::optional<std::size_t> read_word(const Setting& value, std::string_view key,
                                       std::span<const std::string_view> words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (value.kind == Setting::Kind::text && value.text == words[i]) return i;
    }
    if (value.is_scalar()) {
      problems_.error(value.at, fmt::format("{} cannot be {}{}", key, quote(value.text),
                                            suggestion(value.text, words)));
    } else {
      problems_.error(value.at, fmt::format("{} must be one of {}, not {}", key,
                                            fmt::join(words, ", "), describe(value)));
    }
    return {};
  }

  void read_initial(const Setting& value) {
    if (value.kind != Setting::Kind::map) {
      problems_.error(value.at, fmt::format("initial must be a map from in port to value, such as "
                                            "{{in: hello}}, not {}",
                                            describe(value)));
      return;
    }
    if (model_.component == nullptr) return;
    for (const SettingField& field : value.fields) read_initial_packet(field);
  }

  void read_initial_packet(const SettingField& field) {
    const std::vector<PortSpec>& inputs = model_.component->inputs;
    const std::string_view name = std::string_view(field.name).substr(0, field.name.find('['));
    std::vector<std::string_view> names;
    for (unsigned i = 0; i < inputs.size(); ++i) {
      names.push_back(inputs[i].name);
      if (inputs[i].name != name) continue;
      const std::string_view missing = unavailable(Feature::initial_on_array_port);
      if (inputs[i].array && !missing.empty()) {
        problems_.error(field.at, fmt::format("{} not available in this version of weir", missing));
      } else if (name != field.name) {
        problems_.error(field.at, fmt::format("{}.{} is not an array port: write it without []",
                                              model_.name, name));
      } else if (!fits(field.value, inputs[i].type)) {
        problems_.error(field.value.at,
                        fmt::format("{}.{} takes {}, not {}", model_.name, name,
                                    payload_form(inputs[i].type), describe(field.value)));
      }
      model_.initial.push_back({i, 0, initial_value(field.value, inputs[i].type)});
      return;
    }
    problems_.error(field.at,
                    fmt::format("{} ({}) has no in port {}{}", model_.name, model_.component->name,
                                quote(field.name), suggestion(field.name, names)));
  }

  // A port of bytes takes the characters as they stand. A number packet is signed.
  Setting initial_value(const Setting& value, PayloadType type) {
    if (type == PayloadType::bytes) return Setting::quoted_text(value.text, value.at);
    check_values(value, problems_);
    if (value.large != 0) {
      problems_.error(value.at, fmt::format("{} is out of range: a number that is a packet of its "
                                            "own has 63 bits and a sign",
                                            value.text));
    }
    return value;
  }

  const SettingField& field_;
  const std::string what_;
  Draft& draft_;
  Problems& problems_;
  ProcessModel& model_;
  ProcessDraft& notes_;
};

}  // namespace

void read_processes(const Setting& processes, Draft& draft) {
  if (processes.kind != Setting::Kind::map) {
    draft.problems.error(processes.at, fmt::format("processes must be a map from names to "
                                                   "processes, such as \"read: {{component: "
                                                   "file/read}}\", not {}",
                                                   describe(processes)));
    draft.connections_doubtful = true;
    return;
  }
  if (processes.fields.empty()) {
    draft.problems.error(processes.at, "there is no process in the graph");
  }
  draft.graph.processes.reserve(processes.fields.size());
  draft.processes.reserve(processes.fields.size());
  for (const SettingField& field : processes.fields) {
    ProcessModel model;
    model.name = field.name;
    model.at = field.at;
    draft.graph.processes.push_back(std::move(model));
    draft.processes.emplace_back();
    ProcessReader(field, draft).read();
    // The reserve above keeps the names in place.
    const std::string_view name = draft.graph.processes.back().name;
    draft.index.emplace(name, draft.graph.processes.size() - 1);
    draft.names.push_back(name);
  }
}

}  // namespace weir::graph
