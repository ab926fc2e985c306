#include "graph/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "weir/advice.hpp"

namespace weir::graph {
namespace {

constexpr std::array<std::string_view, 3> on_error_list{"route", "drop", "stop"};
constexpr std::array<std::string_view, 2> order_list{"keep", "any"};
constexpr std::array<std::string_view, 4> then_list{"block", "drop_oldest", "drop_newest", "fail"};

constexpr std::array<Key, 8> top_keys{{
    {"name", "Name of the graph; it labels every metric.", R"({"$ref": "#/$defs/name"})", true},
    {"processes", "The processes of the graph, by name.",
     R"({"type": "object", "minProperties": 1, "propertyNames": {"$ref": "#/$defs/name"},
         "additionalProperties": {"$ref": "#/$defs/process"}})",
     true},
    {"connections", "What is connected to what: chains, or maps where a connection has settings.",
     R"({"type": "array", "items": {"$ref": "#/$defs/connection"}})"},
    {"resources", "Pools of connections and the like that processes share, by name.",
     R"({"type": "object", "propertyNames": {"$ref": "#/$defs/name"},
         "additionalProperties": {"$ref": "#/$defs/resource"}})"},
    {"runtime", "Settings of the program that runs the graph.", R"({"$ref": "#/$defs/runtime"})"},
    {"admin", "The HTTP side: metrics, health, API.", R"({"$ref": "#/$defs/admin"})"},
    {"tuning", "How weir sets what the graph leaves to it.", R"({"$ref": "#/$defs/tuning"})"},
    {"thresholds", "What is too much: reported, with its cause, as a symptom.",
     R"({"$ref": "#/$defs/thresholds"})"},
}};

constexpr std::array<Key, 3> runtime_keys{{
    {"workers", "Threads that run processes; the number of cores unless set.",
     R"({"$ref": "#/$defs/workers"})"},
    {"max_concurrency",
     "The most activations and outside waits in flight together; 1024 unless set.",
     R"({"$ref": "#/$defs/max_concurrency"})"},
    {"memory",
     "Bytes that packets may take, such as 512MiB: beyond it sources rest. Three quarters of what "
     "the machine or its control group allows unless set.",
     R"({"$ref": "#/$defs/memory"})"},
}};

constexpr std::array<Key, 2> admin_keys{{
    {"listen", "Address and port to serve HTTP on, 127.0.0.1:7070 unless set.",
     R"({"type": "string"})"},
    {"hosts", "Further host names by which the HTTP side may be called.",
     R"({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})"},
}};

constexpr std::array<Key, 2> tuning_keys{{
    {"enabled", "Whether concurrency and capacities that are auto change; true unless set.",
     R"({"type": "boolean"})"},
    {"tick", "How often weir looks at the figures, from 10ms to 10s; 100ms unless set.",
     R"({"$ref": "#/$defs/duration"})"},
}};

constexpr std::array<Key, 2> thresholds_keys{{
    {"processing_time", "Time that a process may take for a packet, such as 10ms.",
     R"({"$ref": "#/$defs/duration"})"},
    {"queue_length", "Packets that may wait in a connection, such as 1024.",
     R"({"$ref": "#/$defs/queue_length"})"},
}};

constexpr std::array<Key, 4> resource_keys{{
    {"type", "What the pool holds.", R"({"$ref": "#/$defs/resource_type"})", true},
    {"min", "Resources to keep at least; 1 unless set.", R"({"$ref": "#/$defs/pool_min"})"},
    {"max", "Resources to have at most; 10 unless set.", R"({"$ref": "#/$defs/pool_number"})"},
    {"config", "Options of the type.", R"({"type": ["object", "null"]})"},
}};

constexpr std::array<Key, 8> process_keys{{
    {"component", "What the process does: area/name.", R"({"$ref": "#/$defs/component"})", true},
    {"config", "Options of the component.", R"({"type": ["object", "null"]})"},
    {"concurrency",
     "How many packets, or batches, of the process may be in work at the same moment: a number, "
     "bounds, or auto, which is what it is unless set.",
     R"({"$ref": "#/$defs/concurrency"})"},
    {"order", "Whether packets leave in the order in which they came; keep unless set.",
     R"({"$ref": "#/$defs/order"})"},
    {"rate",
     "How many packets the process takes in (a source: sends), such as 1000/s; no limit unless "
     "set.",
     R"({"$ref": "#/$defs/rate"})"},
    {"timeout",
     "How long the process may wait outside for a packet, which then goes to error with the kind "
     "timeout; no limit unless set.",
     R"({"$ref": "#/$defs/duration"})"},
    {"on_error",
     "What becomes of a packet that cannot be handled. Unless set, it goes to the error port where "
     "that is connected, and is otherwise counted, logged and dropped.",
     R"({"$ref": "#/$defs/on_error"})"},
    {"initial", "A packet that arrives first at an in port, by port.", R"({"type": "object"})"},
}};

constexpr std::array<Key, 2> concurrency_keys{{
    {"min", "Least number of workers.", R"({"$ref": "#/$defs/concurrency_number"})"},
    {"max", "Greatest number of workers.", R"({"$ref": "#/$defs/concurrency_number"})"},
}};

constexpr std::array<Key, 2> rate_keys{{
    {"rate", "Packets in a time, such as 1000/s.", R"({"$ref": "#/$defs/rate_number"})", true},
    {"burst",
     "Packets that may pass at once after a pause; as many as come in 10 ms, at least 1, unless "
     "set.",
     R"({"$ref": "#/$defs/burst"})"},
}};

constexpr std::array<Key, 4> connection_keys{{
    {"from", "An out port: process or process.port; the port is out unless named.",
     R"({"type": "string"})", true},
    {"to", "An in port: process or process.port; the port is in unless named.",
     R"({"type": "string"})", true},
    {"capacity", "Packets that may wait before what comes before rests: auto, a number, or bounds.",
     R"({"$ref": "#/$defs/capacity"})"},
    {"overflow", "What happens beyond the capacity.", R"({"$ref": "#/$defs/overflow"})"},
}};

constexpr std::array<Key, 2> capacity_keys{{
    {"min", "Least capacity that may be chosen.", R"({"$ref": "#/$defs/capacity_number"})"},
    {"max", "Greatest capacity that may be chosen.", R"({"$ref": "#/$defs/capacity_number"})"},
}};

constexpr std::array<Key, 2> overflow_keys{{
    {"limit",
     "Packets, or bytes with a unit, that may wait beyond the capacity. With block, what a step "
     "in progress sends beyond it is kept and reported.",
     R"({"$ref": "#/$defs/overflow_limit"})"},
    {"then",
     "What happens beyond that. block, unless set: what comes before rests until there is room. "
     "drop_oldest, drop_newest: a packet is dropped and counted. fail: the graph stops.",
     R"({"$ref": "#/$defs/then"})"},
}};

struct Unavailable {
  Feature feature;
  Map map;
  /// The key or word of the map that asks for it; empty if none does by itself.
  std::string_view word;
  std::string_view text;
};

constexpr std::array<Unavailable, 1> unavailable_features{{
    {Feature::initial_on_array_port, Map::process, "", "an initial packet on an array port is"},
}};

std::vector<std::string_view> names_of(std::span<const Key> table) {
  std::vector<std::string_view> names;
  for (const Key& key : table) names.push_back(key.name);
  return names;
}

bool has_key(std::span<const Key> table, std::string_view name) {
  return std::any_of(table.begin(), table.end(), [&](const Key& key) { return key.name == name; });
}

}  // namespace

std::span<const Key> keys(Map map) noexcept {
  switch (map) {
    case Map::top: return top_keys;
    case Map::runtime: return runtime_keys;
    case Map::admin: return admin_keys;
    case Map::tuning: return tuning_keys;
    case Map::thresholds: return thresholds_keys;
    case Map::resource: return resource_keys;
    case Map::process: return process_keys;
    case Map::concurrency: return concurrency_keys;
    case Map::rate: return rate_keys;
    case Map::connection: return connection_keys;
    case Map::capacity: return capacity_keys;
    case Map::overflow: return overflow_keys;
  }
  return {};
}

std::string_view title(Map map) noexcept {
  switch (map) {
    case Map::top: return "a graph file";
    case Map::runtime: return "runtime";
    case Map::admin: return "admin";
    case Map::tuning: return "tuning";
    case Map::thresholds: return "thresholds";
    case Map::resource: return "a resource";
    case Map::process: return "a process";
    case Map::concurrency: return "concurrency";
    case Map::rate: return "rate";
    case Map::connection: return "a connection";
    case Map::capacity: return "capacity";
    case Map::overflow: return "overflow";
  }
  return {};
}

std::span<const std::string_view> on_error_words() noexcept {
  return on_error_list;
}
std::span<const std::string_view> order_words() noexcept {
  return order_list;
}
std::span<const std::string_view> then_words() noexcept {
  return then_list;
}

bool is_name(std::string_view text) noexcept {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  if (text.empty() || !letter(text.front())) return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-'; });
}

std::string_view unavailable(Feature feature) noexcept {
  for (const Unavailable& row : unavailable_features) {
    if (row.feature == feature) return row.text;
  }
  return {};
}

std::string_view unavailable(Map map, std::string_view word) noexcept {
  for (const Unavailable& row : unavailable_features) {
    if (row.map == map && !word.empty() && row.word == word) return row.text;
  }
  return {};
}

bool check_keys(const Setting& setting, Map map, std::string_view what, Problems& problems) {
  const std::span<const Key> table = keys(map);
  const std::vector<std::string_view> names = names_of(table);
  if (setting.kind != Setting::Kind::map) {
    problems.error(setting.at, fmt::format("{} must be a map with the keys {}, not {}", what,
                                           fmt::join(names, ", "), describe(setting)));
    return false;
  }
  for (const SettingField& field : setting.fields) {
    if (has_key(table, field.name)) continue;
    const std::string_view missing = unavailable(map, field.name);
    if (!missing.empty()) {
      problems.error(field.at, fmt::format("{} not available in this version of weir", missing));
    } else {
      problems.error(field.at, fmt::format("unknown key {} in {}{}", quote(field.name), title(map),
                                           suggestion(field.name, names)));
    }
  }
  const std::vector<std::string_view> meant = misspelt_keys(setting, map);
  for (const Key& key : table) {
    if (!key.required || std::find(meant.begin(), meant.end(), key.name) != meant.end()) continue;
    const Setting* value = setting.find(key.name);
    if (value == nullptr) {
      problems.error(setting.at, fmt::format("{} has no \"{}\"", what, key.name));
    } else if (value->kind == Setting::Kind::null) {
      problems.error(value->at, fmt::format("\"{}\" is empty", key.name));
    }
  }
  return true;
}

const Setting* value_of(const Setting& map, std::string_view key) noexcept {
  const Setting* value = map.find(key);
  return value != nullptr && value->kind != Setting::Kind::null ? value : nullptr;
}

std::vector<std::string_view> misspelt_keys(const Setting& setting, Map map) {
  const std::span<const Key> table = keys(map);
  const std::vector<std::string_view> names = names_of(table);
  std::vector<std::string_view> meant;
  for (const SettingField& field : setting.fields) {
    if (has_key(table, field.name)) continue;
    const std::string_view near = closest(field.name, names);
    if (!near.empty()) meant.push_back(near);
  }
  return meant;
}

}  // namespace weir::graph
