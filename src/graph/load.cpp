#include "graph/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>
#include <system_error>
#include <tuple>

#include "graph/draft.hpp"
#include "graph/keys.hpp"
#include "graph/memory.hpp"
#include "graph/numbers.hpp"
#include "graph/overrides.hpp"
#include "graph/yaml.hpp"
#include "weir/address.hpp"
#include "weir/advice.hpp"

namespace weir::graph {
namespace {

using Place = std::pair<int, int>;

Place place_of(const Problem& problem) {
  return {problem.at.line, problem.at.column};
}

void read_listen(const Setting& listen, Draft& draft) {
  if (!listen.may_be_text()) {
    draft.problems.error(listen.at, fmt::format("listen must be an address and a port such as "
                                                "127.0.0.1:7070, not {}",
                                                describe(listen)));
    return;
  }
  try {
    parse_listen(listen.text);
    draft.graph.admin_listen = listen.text;
  } catch (const BadAddress& fault) {
    draft.problems.error(listen.at,
                         fmt::format("listen must be an address and a port: {}", fault.what()));
  }
}

void read_runtime(const Setting& runtime, Draft& draft) {
  if (!check_keys(runtime, Map::runtime, "runtime", draft.problems)) return;
  if (const Setting* workers = value_of(runtime, "workers")) {
    const auto number = read_whole(*workers, "workers", 1, workers_max, draft.problems);
    if (number) draft.graph.workers = static_cast<unsigned>(*number);
  }
  if (const Setting* most = value_of(runtime, "max_concurrency")) {
    const auto number =
        read_whole(*most, "max_concurrency", 1, max_concurrency_max, draft.problems);
    if (number) draft.graph.max_concurrency = static_cast<unsigned>(*number);
  }
  if (const Setting* memory = value_of(runtime, "memory")) read_memory(*memory, draft);
}

void read_tuning(const Setting& tuning, Draft& draft) {
  if (!check_keys(tuning, Map::tuning, "tuning", draft.problems)) return;
  if (const Setting* enabled = value_of(tuning, "enabled")) {
    if (enabled->kind == Setting::Kind::boolean) {
      draft.graph.tuning.enabled = enabled->boolean;
    } else {
      draft.problems.error(
          enabled->at, fmt::format("enabled must be true or false, not {}", describe(*enabled)));
    }
  }
  if (const Setting* tick = value_of(tuning, "tick")) {
    const auto duration = tick->is_scalar() ? parse_duration(tick->text) : std::nullopt;
    if (duration && *duration >= tick_min && *duration <= tick_max) {
      draft.graph.tuning.tick = *duration;
    } else {
      draft.problems.error(
          tick->at,
          fmt::format("tick must be a duration from {} to {}, such as 100ms, "
                      "not {}",
                      format_duration(tick_min), format_duration(tick_max), describe(*tick)));
    }
  }
}

void read_thresholds(const Setting& thresholds, Draft& draft) {
  if (!check_keys(thresholds, Map::thresholds, "thresholds", draft.problems)) return;
  if (const Setting* time = value_of(thresholds, "processing_time")) {
    const auto duration = time->is_scalar() ? parse_duration(time->text) : std::nullopt;
    if (duration && *duration > Duration::zero()) {
      draft.graph.thresholds.processing_time = *duration;
    } else {
      draft.problems.error(time->at, fmt::format("processing_time must be a duration above 0, such "
                                                 "as 10ms, not {}",
                                                 describe(*time)));
    }
  }
  if (const Setting* length = value_of(thresholds, "queue_length")) {
    const auto number = read_whole(*length, "queue_length", 1, queue_length_max, draft.problems);
    if (number) draft.graph.thresholds.queue_length = static_cast<std::uint64_t>(*number);
  }
}

void read_admin(const Setting& admin, Draft& draft) {
  if (!check_keys(admin, Map::admin, "admin", draft.problems)) return;
  if (const Setting* listen = value_of(admin, "listen")) read_listen(*listen, draft);
  const Setting* hosts = value_of(admin, "hosts");
  if (hosts == nullptr) return;
  if (hosts->may_be_text()) {
    draft.graph.admin_hosts.push_back(hosts->text);
    return;
  }
  if (hosts->kind != Setting::Kind::list) {
    draft.problems.error(
        hosts->at, fmt::format("hosts must be a list of host names, not {}", describe(*hosts)));
    return;
  }
  for (const Setting& host : hosts->items) {
    if (host.may_be_text()) {
      draft.graph.admin_hosts.push_back(host.text);
    } else {
      draft.problems.error(
          host.at,
          fmt::format("hosts must be a list of host names, but this is {}", describe(host)));
    }
  }
}

void read_graph_name(const Setting& name, Draft& draft) {
  if (name.kind == Setting::Kind::text && is_name(name.text)) {
    draft.graph.name = name.text;
    return;
  }
  draft.problems.error(name.at,
                       fmt::format("name must be letters, digits, _ and -, and start with a "
                                   "letter or _; it is {}",
                                   describe(name)));
}

void read_top(const Setting& root, Draft& draft) {
  if (!check_keys(root, Map::top, "a graph file", draft.problems)) return;
  if (const Setting* name = value_of(root, "name")) read_graph_name(*name, draft);
  if (const Setting* runtime = value_of(root, "runtime")) read_runtime(*runtime, draft);
  if (const Setting* admin = value_of(root, "admin")) read_admin(*admin, draft);
  if (const Setting* tuning = value_of(root, "tuning")) read_tuning(*tuning, draft);
  if (const Setting* thresholds = value_of(root, "thresholds")) {
    read_thresholds(*thresholds, draft);
  }
  if (const Setting* resources = value_of(root, "resources")) read_resources(*resources, draft);
  const Setting* processes = value_of(root, "processes");
  // Without the processes every connection would be wrong, and only because of that.
  if (processes == nullptr) return;
  read_processes(*processes, draft);
  if (const Setting* connections = value_of(root, "connections")) {
    if (processes->kind == Setting::Kind::map) read_connections(*connections, draft);
  } else {
    const auto meant = misspelt_keys(root, Map::top);
    if (std::find(meant.begin(), meant.end(), "connections") != meant.end()) {
      draft.connections_doubtful = true;
    }
  }
  check_passed_types(draft);
  check_memory(draft);
  check_ports(draft);
  check_exclusive(draft);
  check_files(draft);
  check_resources(draft);
  check_cycles(draft);
  warn_of_errors(draft);
}

/// In the order of the file, each once. What is said of a place where the text itself is wrong (an
/// unset variable, say) would only be a consequence.
Problems tidy(const Problems& of_text, const Problems& of_graph) {
  std::set<Place> spoilt;
  std::vector<Problem> all;
  for (const Problem& problem : of_text.list()) {
    spoilt.insert(place_of(problem));
    all.push_back(problem);
  }
  for (const Problem& problem : of_graph.list()) {
    if (problem.at.line == 0 || !spoilt.contains(place_of(problem))) all.push_back(problem);
  }
  std::stable_sort(all.begin(), all.end(), [](const Problem& left, const Problem& right) {
    return place_of(left) < place_of(right);
  });
  Problems sorted;
  std::set<std::tuple<int, int, std::string>> seen;
  for (const Problem& problem : all) {
    if (!seen.emplace(problem.at.line, problem.at.column, problem.text).second) continue;
    if (problem.warning) {
      sorted.warn(problem.at, problem.text);
    } else {
      sorted.error(problem.at, problem.text);
    }
  }
  return sorted;
}

struct Closer {
  void operator()(std::FILE* file) const noexcept {
    if (file != stdin) std::fclose(file);
  }
};

/// All of a file, or as much of it as shows that it is too large.
std::optional<std::string> read_all(const std::string& path, std::string& failure) {
  const std::unique_ptr<std::FILE, Closer> file(path == "-" ? stdin
                                                            : std::fopen(path.c_str(), "rbe"));
  if (!file) {
    failure = std::generic_category().message(errno);
    return {};
  }
  std::string text;
  char chunk[64 * 1024];
  while (text.size() <= SourceText::size_max) {
    const std::size_t got = std::fread(chunk, 1, sizeof chunk, file.get());
    text.append(chunk, got);
    if (got < sizeof chunk) break;
  }
  if (std::ferror(file.get()) != 0) {
    failure = std::generic_category().message(errno);
    return {};
  }
  return text;
}

}  // namespace

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return {};
    return value;
  };
}

Loaded load(std::string_view text, const std::string& file, const Registry& registry,
            const Environment& environment, const std::vector<Override>& overrides,
            const LoadLimits& limits) {
  const SourceText source(text);
  Tree tree = parse_yaml(source, &environment);
  Problems problems;
  Draft draft{source, registry, problems, limits};
  draft.graph.file = file;
  const bool read = tree.root.has_value();
  if (read && tree.root->kind != Setting::Kind::null) {
    apply_overrides(*tree.root, overrides, registry, problems);
    read_top(*tree.root, draft);
  } else if (read || !tree.problems.has_errors()) {
    problems.error({1, 1}, "the file is empty: a graph needs at least a name and processes");
  }
  Loaded loaded;
  loaded.problems = tidy(tree.problems, problems);
  if (!loaded.problems.has_errors()) loaded.graph = std::move(draft.graph);
  return loaded;
}

Loaded load_file(const std::string& path, const Registry& registry, const Environment& environment,
                 const std::vector<Override>& overrides, const LoadLimits& limits) {
  std::string failure;
  const auto text = read_all(path, failure);
  if (text) return load(*text, path, registry, environment, overrides, limits);
  Loaded loaded;
  loaded.problems.error({}, fmt::format("the file cannot be read: {}", failure));
  return loaded;
}

std::string format(const Problem& problem, const std::string& file) {
  const std::string_view kind = problem.warning ? "warning" : "error";
  if (problem.at.line == 0) return fmt::format("{}: {}: {}", file, kind, problem.text);
  return fmt::format("{}:{}:{}: {}: {}", file, problem.at.line, problem.at.column, kind,
                     problem.text);
}

}  // namespace weir::graph
