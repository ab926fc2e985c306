// Finds connections that lead back to where they come from, and refuses cycles in which nothing
// can start.
#include "graph/cycles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <utility>

#include "graph/draft.hpp"

namespace weir::graph {
namespace {

/// Finding a cycle takes time with the size of the graph; who has mended these sees the next.
constexpr std::size_t reported_max = 20;

constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

/// The strongly connected components of a graph's processes, by Tarjan's algorithm without
/// recursion: a chain may be as long as the file allows.
class StrongComponents {
 public:
  explicit StrongComponents(const Graph& graph)
      : next_(graph.processes.size()),
        order_(graph.processes.size(), none),
        low_(graph.processes.size()),
        component_(graph.processes.size(), none) {
    for (const ConnectionModel& connection : graph.connections) {
      next_[connection.from.process].push_back(connection.to.process);
    }
    for (std::size_t i = 0; i < next_.size(); ++i) {
      if (order_[i] == none) visit(i);
    }
  }

  std::size_t of(std::size_t process) const { return component_[process]; }
  std::size_t count() const { return count_; }
  std::vector<std::size_t> take() { return std::move(component_); }
  const std::vector<std::size_t>& after(std::size_t process) const { return next_[process]; }

 private:
  struct Visit {
    std::size_t process;
    std::size_t edge;
  };

  void enter(std::size_t process) {
    order_[process] = low_[process] = visited_++;
    open_.push_back(process);
    path_.push_back({process, 0});
  }

  void visit(std::size_t root) {
    enter(root);
    while (!path_.empty()) {
      Visit& top = path_.back();
      const std::size_t process = top.process;
      if (top.edge < next_[process].size()) {
        const std::size_t to = next_[process][top.edge++];
        if (order_[to] == none) {
          enter(to);
        } else if (component_[to] == none) {
          low_[process] = std::min(low_[process], order_[to]);
        }
        continue;
      }
      path_.pop_back();
      if (!path_.empty()) {
        std::size_t& above = low_[path_.back().process];
        above = std::min(above, low_[process]);
      }
      if (low_[process] == order_[process]) close(process);
    }
  }

  void close(std::size_t root) {
    std::size_t process = none;
    do {
      process = open_.back();
      open_.pop_back();
      component_[process] = count_;
    } while (process != root);
    ++count_;
  }

  std::vector<std::vector<std::size_t>> next_;
  std::vector<std::size_t> order_;
  std::vector<std::size_t> low_;
  std::vector<std::size_t> component_;
  std::vector<std::size_t> open_;
  std::vector<Visit> path_;
  std::size_t visited_ = 0;
  std::size_t count_ = 0;
};

/// A shortest way from `start` back to itself inside its component; empty if there is none.
std::vector<std::size_t> shortest_cycle(const StrongComponents& components, std::size_t start,
                                        std::size_t processes) {
  std::vector<std::size_t> before(processes, none);
  std::deque<std::size_t> queue{start};
  while (!queue.empty()) {
    const std::size_t process = queue.front();
    queue.pop_front();
    for (const std::size_t to : components.after(process)) {
      if (components.of(to) != components.of(start)) continue;
      if (to == start) {
        std::vector<std::size_t> cycle{start};
        for (std::size_t at = process; at != start; at = before[at]) cycle.push_back(at);
        cycle.push_back(start);
        std::reverse(cycle.begin(), cycle.end());
        return cycle;
      }
      if (before[to] == none) {
        before[to] = process;
        queue.push_back(to);
      }
    }
  }
  return {};
}

/// Which components packets can get into: from outside, as an initial packet, or from a process
/// that goes on without what its cycle would bring.
std::vector<bool> entered(const Graph& graph, const StrongComponents& components) {
  std::vector<bool> entered(components.count(), false);
  std::vector<bool> needs(graph.processes.size(), false);
  for (const ConnectionModel& connection : graph.connections) {
    const std::size_t to = connection.to.process;
    if (components.of(connection.from.process) != components.of(to)) {
      entered[components.of(to)] = true;
    } else if (graph.processes[to].component->inputs[connection.to.port].required) {
      needs[to] = true;
    }
  }
  for (std::size_t i = 0; i < graph.processes.size(); ++i) {
    if (!graph.processes[i].initial.empty() || !needs[i]) entered[components.of(i)] = true;
  }
  return entered;
}

}  // namespace

std::vector<std::size_t> strong_components(const Graph& graph) {
  return StrongComponents(graph).take();
}

void check_cycles(Draft& draft) {
  const Graph& graph = draft.graph;
  const StrongComponents components(graph);
  // Components that need no report, or have theirs.
  std::vector<bool> settled = entered(graph, components);
  std::size_t reports = 0;
  for (const ConnectionModel& connection : graph.connections) {
    const std::size_t component = components.of(connection.from.process);
    if (component != components.of(connection.to.process) || settled[component]) continue;
    settled[component] = true;
    if (++reports > reported_max) return;
    const auto cycle = shortest_cycle(components, connection.from.process, graph.processes.size());
    std::vector<std::string_view> names;
    names.reserve(cycle.size());
    for (const std::size_t process : cycle) names.push_back(graph.processes[process].name);
    draft.problems.error(connection.at,
                         fmt::format("nothing can ever start in the cycle {}: each of its "
                                     "processes waits for another of them",
                                     fmt::join(names, " -> ")));
  }
}

}  // namespace weir::graph
