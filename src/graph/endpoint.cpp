#include "graph/endpoint.hpp"

#include <fmt/format.h>

#include <charconv>

#include "graph/keys.hpp"
#include "weir/advice.hpp"

namespace weir::graph {
namespace {

/// Looking for what was meant takes time with the number of processes; a file with more mistakes
/// than this is not one of misspellings.
constexpr std::size_t suggestions_max = 200;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n';
}

/// The words of an endpoint; `port` is empty if it names none.
struct Words {
  std::string_view process;
  std::string_view port;
  std::optional<std::uint64_t> element;
};

std::optional<Words> split(std::string_view text) {
  Words words;
  const std::size_t dot = text.find('.');
  words.process = text.substr(0, dot);
  if (!is_name(words.process)) return {};
  if (dot == std::string_view::npos) return words;
  std::string_view port = text.substr(dot + 1);
  const std::size_t bracket = port.find('[');
  if (bracket != std::string_view::npos) {
    const std::string_view digits = port.substr(bracket + 1);
    std::uint64_t element = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), element);
    if (error == std::errc::invalid_argument || end == digits.data()) return {};
    if (std::string_view(end, static_cast<std::size_t>(digits.data() + digits.size() - end)) !=
        "]") {
      return {};
    }
    words.element = error == std::errc() ? element : UINT64_MAX;
    port = port.substr(0, bracket);
  }
  if (!is_name(port)) return {};
  words.port = port;
  return words;
}

/// Looks for the port of one endpoint in its component.
class PortFinder {
 public:
  PortFinder(const EndpointText& text, const Words& words, std::size_t process, Direction direction,
             Draft& draft)
      : text_(text),
        words_(words),
        process_(process),
        direction_(direction),
        draft_(draft),
        model_(draft.graph.processes[process]),
        component_(*model_.component),
        name_(!words.port.empty()           ? words.port
              : direction == Direction::out ? "out"
                                            : "in") {}

  std::optional<Endpoint> find() {
    const std::vector<PortSpec>& table = ports(component_, direction_);
    for (unsigned i = 0; i < table.size(); ++i) {
      if (table[i].name == name_) return take(i, table[i].array);
    }
    if (direction_ == Direction::out && name_ == error_port) {
      return take(static_cast<unsigned>(table.size()), false);
    }
    draft_.processes[process_].doubtful = true;
    problem(unknown_port());
    return {};
  }

 private:
  std::optional<Endpoint> take(unsigned port, bool array) {
    if (array && !words_.element) {
      draft_.processes[process_].doubtful = true;
      problem(fmt::format("{0}.{1} is an array port: write {0}.{1}[0], {0}.{1}[1] and so on",
                          model_.name, name_));
      return {};
    }
    if (!array && words_.element) {
      draft_.processes[process_].doubtful = true;
      problem(fmt::format("{0}.{1} is not an array port: write it without [{2}]", model_.name,
                          name_, *words_.element));
      return {};
    }
    const std::uint64_t element = words_.element.value_or(0);
    if (element >= elements_max) {
      draft_.processes[process_].doubtful = true;
      problem(fmt::format("{}.{}[{}]: an array port has at most {} elements, numbered from 0",
                          model_.name, name_, element, elements_max));
      return {};
    }
    const auto number = static_cast<unsigned>(element);
    draft_.processes[process_].used(direction_)[port].emplace(number, text_.at(draft_.source));
    return Endpoint{process_, port, number};
  }

  std::string unknown_port() const {
    const bool out = direction_ == Direction::out;
    const Direction other = out ? Direction::in : Direction::out;
    for (const PortSpec& port : ports(component_, other)) {
      if (port.name == name_ && !words_.port.empty()) {
        return fmt::format("{}.{} is an {} port: a connection {} at an {} port", model_.name, name_,
                           out ? "in" : "out", out ? "starts" : "ends", out ? "out" : "in");
      }
    }
    if (ports(component_, direction_).empty() && words_.port.empty()) {
      return out ? fmt::format("{} ({}) sends no packets: only its error port can be connected",
                               model_.name, component_.name)
                 : fmt::format(
                       "{} ({}) is a source: it takes no packets, so no connection can end "
                       "at it",
                       model_.name, component_.name);
    }
    std::vector<std::string_view> names;
    for (const PortSpec& port : ports(component_, direction_)) names.push_back(port.name);
    if (out) names.push_back(error_port);
    return fmt::format("{} ({}) has no {} port {}{}", model_.name, component_.name,
                       out ? "out" : "in", quote(name_), suggestion(name_, names));
  }

  void problem(std::string text) {
    const std::size_t offset = words_.port.empty() ? 0 : words_.process.size() + 1;
    draft_.problems.error(text_.at(draft_.source, offset), std::move(text));
  }

  const EndpointText& text_;
  const Words& words_;
  const std::size_t process_;
  const Direction direction_;
  Draft& draft_;
  const ProcessModel& model_;
  const ComponentSpec& component_;
  const std::string_view name_;
};

}  // namespace

const std::vector<PortSpec>& ports(const ComponentSpec& component, Direction direction) noexcept {
  return direction == Direction::in ? component.inputs : component.outputs;
}

EndpointText::EndpointText(const Setting& scalar, std::size_t begin, std::size_t end,
                           std::optional<std::size_t> found)
    : scalar_(&scalar), begin_(begin), end_(end), found_(found) {
  while (begin_ < end_ && is_blank(scalar.text[begin_])) ++begin_;
  while (end_ > begin_ && is_blank(scalar.text[end_ - 1])) --end_;
}

std::optional<Endpoint> read_endpoint(const EndpointText& text, Direction direction, Draft& draft) {
  const std::optional<Words> words = split(text.text());
  if (!words) {
    draft.connections_doubtful = true;
    draft.problems.error(
        text.at(draft.source),
        fmt::format("{} is not a port: write process or process.port, such as "
                    "read or read.{}",
                    quote(text.text()), direction == Direction::out ? "out" : "in"));
    return {};
  }
  const auto found = draft.index.find(words->process);
  if (found == draft.index.end()) {
    const std::span<const std::string_view> known =
        draft.problems.list().size() < suggestions_max
            ? std::span<const std::string_view>(draft.names)
            : std::span<const std::string_view>();
    const std::string_view near = closest(words->process, known);
    if (!near.empty()) draft.processes[draft.index.at(near)].doubtful = true;
    draft.problems.error(text.at(draft.source),
                         fmt::format("unknown process {}{}", quote(words->process),
                                     suggestion(words->process, known)));
    return {};
  }
  if (draft.graph.processes[found->second].component == nullptr) return {};
  return PortFinder(text, *words, found->second, direction, draft).find();
}

std::string output_port_name(const Graph& graph, const Endpoint& from) {
  const std::vector<PortSpec>& outputs = graph.processes[from.process].component->outputs;
  if (from.port >= outputs.size()) return std::string(error_port);
  const PortSpec& port = outputs[from.port];
  return port.array ? fmt::format("{}[{}]", port.name, from.element) : std::string(port.name);
}

std::string input_port_name(const Graph& graph, const Endpoint& to) {
  const PortSpec& port = graph.processes[to.process].component->inputs[to.port];
  return port.array ? fmt::format("{}[{}]", port.name, to.element) : std::string(port.name);
}

std::string endpoint_name(const Graph& graph, const Endpoint& endpoint, Direction direction) {
  return fmt::format("{}.{}", graph.processes[endpoint.process].name,
                     direction == Direction::out ? output_port_name(graph, endpoint)
                                                 : input_port_name(graph, endpoint));
}

PayloadType output_type(const Graph& graph, const Endpoint& from) {
  const std::vector<PortSpec>& outputs = graph.processes[from.process].component->outputs;
  return from.port < outputs.size() ? outputs[from.port].type : PayloadType::document;
}

}  // namespace weir::graph
