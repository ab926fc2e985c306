// Reads the list `connections`: chains, and connections with settings.
#include <fmt/format.h>

#include <unordered_map>

#include "graph/connection_settings.hpp"
#include "graph/draft.hpp"
#include "graph/endpoint.hpp"
#include "graph/keys.hpp"
#include "graph/option_words.hpp"
#include "weir/advice.hpp"

namespace weir::graph {
namespace {

constexpr std::string_view arrow = "->";

class ConnectionReader {
 public:
  explicit ConnectionReader(Draft& draft) : draft_(draft), problems_(draft.problems) {}

  void read(const Setting& item) {
    if (item.kind == Setting::Kind::text) {
      read_chain(item);
    } else if (item.kind == Setting::Kind::map) {
      read_long(item);
    } else {
      draft_.connections_doubtful = true;
      problems_.error(item.at,
                      fmt::format("a connection is a chain such as \"read -> parse\", or a "
                                  "map with from and to, not {}",
                                  describe(item)));
    }
  }

 private:
  void read_chain(const Setting& chain) {
    const std::optional<std::size_t> found = draft_.source.find(chain);
    std::vector<EndpointText> parts;
    for (std::size_t begin = 0;;) {
      const std::size_t end = chain.text.find(arrow, begin);
      parts.emplace_back(chain, begin, std::min(end, chain.text.size()), found);
      if (end == std::string::npos) break;
      begin = end + arrow.size();
    }
    if (parts.size() == 1) {
      draft_.connections_doubtful = true;
      problems_.error(chain.at, fmt::format("{} is not a connection: write it as \"from -> to\"",
                                            quote(chain.text)));
      return;
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (!check_part(parts[i], i == 0 || i + 1 == parts.size())) return;
    }
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      connect(parts[i], parts[i + 1], {});
    }
  }

  bool check_part(const EndpointText& part, bool at_end) {
    const std::string_view text = part.text();
    if (text.empty()) {
      draft_.connections_doubtful = true;
      problems_.error(part.at(draft_.source), "a process is missing beside \"->\"");
      return false;
    }
    const std::size_t dot = text.find('.');
    if (!at_end && dot != std::string_view::npos) {
      draft_.connections_doubtful = true;
      problems_.error(part.at(draft_.source, dot),
                      fmt::format("only the first and the last process of a chain may name a port: "
                                  "end the chain at {0}, and start another one there",
                                  quote(text.substr(0, dot))));
      return false;
    }
    return true;
  }

  void read_long(const Setting& item) {
    if (!check_keys(item, Map::connection, "a connection", problems_)) return;
    const ConnectionSettings settings = read_connection_settings(item, draft_.limits, problems_);
    const Setting* from = read_end(item, "from");
    const Setting* to = read_end(item, "to");
    if (from == nullptr || to == nullptr) {
      draft_.connections_doubtful = true;
      return;
    }
    connect({*from, draft_.source}, {*to, draft_.source}, settings);
  }

  const Setting* read_end(const Setting& item, std::string_view key) {
    const Setting* value = value_of(item, key);
    if (value == nullptr) return nullptr;
    if (value->kind == Setting::Kind::text && value->text.find(arrow) == std::string::npos) {
      return value;
    }
    problems_.error(value->at, fmt::format("{} must be one port such as read.{}, not {}", key,
                                           key == "from" ? "out" : "in", describe(*value)));
    return nullptr;
  }

  void connect(const EndpointText& from_text, const EndpointText& to_text,
               const ConnectionSettings& settings) {
    if (hops_ > connections_max) return;
    if (++hops_ > connections_max) {
      problems_.error(from_text.at(draft_.source),
                      fmt::format("a graph has at most {} connections", connections_max));
      return;
    }
    const auto from = read_endpoint(from_text, Direction::out, draft_);
    const auto to = read_endpoint(to_text, Direction::in, draft_);
    if (!from || !to) return;
    Graph& graph = draft_.graph;
    ConnectionModel model;
    model.from = *from;
    model.to = *to;
    model.at = from_text.at(draft_.source);
    model.name = fmt::format("{} -> {}", endpoint_name(graph, *from, Direction::out),
                             endpoint_name(graph, *to, Direction::in));
    model.capacity = settings.capacity;
    model.overflow = settings.overflow;
    const auto [earlier, added] = seen_.emplace(model.name, model.at);
    if (!added) {
      problems_.error(model.at, fmt::format("the connection {} is given twice, first at line {}",
                                            model.name, earlier->second.line));
      return;
    }
    check_types(model, to_text.at(draft_.source));
    check_least(model, settings.capacity_at);
    check_lossless(model, settings.then_at);
    graph.connections.push_back(std::move(model));
  }

  void check_types(const ConnectionModel& model, Location at) {
    const Graph& graph = draft_.graph;
    const PayloadType sent = output_type(graph, model.from);
    const PayloadType taken =
        graph.processes[model.to.process].component->inputs[model.to.port].type;
    if (sent == taken || sent == PayloadType::any || taken == PayloadType::any) return;
    problems_.error(at, fmt::format("{} sends {}, but {} takes {}",
                                    endpoint_name(graph, model.from, Direction::out), words(sent),
                                    endpoint_name(graph, model.to, Direction::in), words(taken)));
  }

  void check_least(const ConnectionModel& model, Location at) {
    const ProcessModel& process = draft_.graph.processes[model.to.process];
    const unsigned least = process.component->least_input;
    const auto given = model.capacity.fixed ? model.capacity.fixed : model.capacity.max;
    if (!given || *given >= least) return;
    problems_.error(at, fmt::format("the capacity {} is too small: {} ({}) needs at least {}",
                                    *given, process.name, process.component->name, least));
  }

  void check_lossless(const ConnectionModel& model, Location at) {
    const Then then = model.overflow.then;
    if (then != Then::drop_oldest && then != Then::drop_newest) return;
    const Graph& graph = draft_.graph;
    const ComponentSpec& component = *graph.processes[model.to.process].component;
    if (!component.inputs[model.to.port].lossless) return;
    problems_.error(
        at, fmt::format("\"then: {}\" would lose packets, and {} ({}) needs every one: "
                        "use block or fail",
                        word(then), endpoint_name(graph, model.to, Direction::in), component.name));
  }

  Draft& draft_;
  Problems& problems_;
  std::unordered_map<std::string, Location> seen_;
  std::size_t hops_ = 0;
};

}  // namespace

void read_connections(const Setting& connections, Draft& draft) {
  if (connections.kind != Setting::Kind::list) {
    draft.connections_doubtful = true;
    draft.problems.error(connections.at, fmt::format("connections must be a list, each item on a "
                                                     "line that starts with \"- \", not {}",
                                                     describe(connections)));
    return;
  }
  ConnectionReader reader(draft);
  for (const Setting& item : connections.items) reader.read(item);
}

}  // namespace weir::graph
