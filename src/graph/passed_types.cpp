// What packets carry behind components that pass them on: a type that a later port cannot take is
// found here, however many such components lie between.
#include <fmt/format.h>

#include <array>
#include <deque>
#include <optional>

#include "graph/draft.hpp"
#include "graph/endpoint.hpp"
#include "graph/option_words.hpp"

namespace weir::graph {
namespace {

constexpr std::size_t types = 4;

/// For each type that reaches a process, who sends it: the text that begins a message.
using Arrivals = std::array<std::optional<std::string>, types>;

PayloadType type_of(const Setting& initial) {
  switch (initial.kind) {
    case Setting::Kind::text: return PayloadType::bytes;
    case Setting::Kind::integer:
    case Setting::Kind::number: return PayloadType::number;
    default: return PayloadType::document;
  }
}

class PassedTypes {
 public:
  explicit PassedTypes(const Graph& graph)
      : graph_(graph), arrivals_(graph.processes.size()), outgoing_(graph.processes.size()) {
    for (const ConnectionModel& connection : graph.connections) {
      outgoing_[connection.from.process].push_back(&connection);
    }
  }

  void find() {
    for (std::size_t i = 0; i < graph_.processes.size(); ++i) {
      for (const Initial& initial : graph_.processes[i].initial) {
        add(i, type_of(initial.value),
            fmt::format("the initial packet of {} is one of", graph_.processes[i].name));
      }
    }
    for (const ConnectionModel& connection : graph_.connections) {
      const PayloadType sent = output_type(graph_, connection.from);
      if (sent == PayloadType::any) continue;
      add(connection.to.process, sent,
          fmt::format("{} sends", endpoint_name(graph_, connection.from, Direction::out)));
    }
    for (; !changed_.empty(); changed_.pop_front()) spread(changed_.front());
  }

  void check(Problems& problems) const {
    for (const ConnectionModel& connection : graph_.connections) {
      const PayloadType taken = takes(connection);
      if (taken == PayloadType::any || !passes(connection)) continue;
      const Arrivals& arrivals = arrivals_[connection.from.process];
      for (std::size_t type = 0; type < types; ++type) {
        if (!arrivals[type] || static_cast<PayloadType>(type) == taken) continue;
        problems.error(
            connection.at,
            fmt::format("{} {}, which {} passes on, but {} takes {}", *arrivals[type],
                        words(static_cast<PayloadType>(type)),
                        endpoint_name(graph_, connection.from, Direction::out),
                        endpoint_name(graph_, connection.to, Direction::in), words(taken)));
      }
    }
  }

 private:
  const PortSpec* output(const ConnectionModel& connection) const {
    const auto& outputs = graph_.processes[connection.from.process].component->outputs;
    return connection.from.port < outputs.size() ? &outputs[connection.from.port] : nullptr;
  }
  bool passes(const ConnectionModel& connection) const {
    const PortSpec* port = output(connection);
    return port != nullptr && port->passes;
  }
  PayloadType takes(const ConnectionModel& connection) const {
    return graph_.processes[connection.to.process].component->inputs[connection.to.port].type;
  }

  void add(std::size_t process, PayloadType type, std::string who) {
    std::optional<std::string>& known = arrivals_[process][static_cast<std::size_t>(type)];
    if (known) return;
    known = std::move(who);
    changed_.push_back(process);
  }

  void spread(std::size_t process) {
    for (const ConnectionModel* connection : outgoing_[process]) {
      if (!passes(*connection)) continue;
      for (std::size_t type = 0; type < types; ++type) {
        const std::optional<std::string>& who = arrivals_[process][type];
        if (who) add(connection->to.process, static_cast<PayloadType>(type), *who);
      }
    }
  }

  const Graph& graph_;
  std::vector<Arrivals> arrivals_;
  std::vector<std::vector<const ConnectionModel*>> outgoing_;
  std::deque<std::size_t> changed_;
};

}  // namespace

void check_passed_types(Draft& draft) {
  PassedTypes types(draft.graph);
  types.find();
  types.check(draft.problems);
}

}  // namespace weir::graph
