#include "diagnosis/deadlock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "graph/cycles.hpp"

namespace weir::diagnosis {
namespace {

using runtime::Activity;
using runtime::ConnectionSnapshot;

/// Who waits for whom, and where.
class Waits {
 public:
  Waits(const graph::Graph& graph, const runtime::NetworkSnapshot& network)
      : graph_(graph), network_(network), component_(graph::strong_components(graph)) {
    for (std::size_t i = 0; i < graph.connections.size(); ++i) {
      outputs_.resize(graph.processes.size());
      inputs_.resize(graph.processes.size());
      outputs_[graph.connections[i].from.process].push_back(i);
      inputs_[graph.connections[i].to.process].push_back(i);
    }
    reduce();
  }

  bool stuck(std::size_t process) const { return !goes_on_[process]; }
  bool goes_on(std::size_t process) const { return goes_on_[process]; }
  Activity activity(std::size_t process) const { return network_.processes[process].activity; }

  /// Connections at which it waits for the other end.
  std::vector<std::size_t> waits_at(std::size_t process) const {
    std::vector<std::size_t> at;
    if (activity(process) == Activity::blocked) {
      for (const std::size_t i : outputs_[process]) {
        if (full(i)) at.push_back(i);
      }
      return at;
    }
    for (const std::size_t i : inputs_[process]) {
      if (network_.connections[i].packets == 0 && !ended(graph_.connections[i].from.process)) {
        at.push_back(i);
      }
    }
    if (!at.empty()) return at;
    // Packets wait at every input, and it does not take them: it wants more.
    for (const std::size_t i : inputs_[process]) {
      if (!ended(graph_.connections[i].from.process)) at.push_back(i);
    }
    return at;
  }
  std::size_t other_end(std::size_t process, std::size_t connection) const {
    const graph::ConnectionModel& model = graph_.connections[connection];
    return model.from.process == process && activity(process) == Activity::blocked
               ? model.to.process
               : model.from.process;
  }
  bool packets_wait(std::size_t process) const {
    return std::any_of(inputs_[process].begin(), inputs_[process].end(),
                       [this](std::size_t i) { return network_.connections[i].packets != 0; });
  }

 private:
  bool ended(std::size_t process) const {
    const Activity now = activity(process);
    return now == Activity::ended || now == Activity::failed;
  }
  // Held back at the entry of a cycle is who finds one of its connections half full.
  bool full(std::size_t i) const {
    const ConnectionSnapshot& connection = network_.connections[i];
    const graph::ConnectionModel& model = graph_.connections[i];
    if (model.overflow.then != graph::Then::block) return false;
    return connection.packets >= connection.capacity ||
           component_[model.to.process] != component_[model.from.process];
  }

  void reduce() {
    const std::size_t count = graph_.processes.size();
    goes_on_.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      const Activity now = activity(i);
      goes_on_[i] = now != Activity::blocked && (now != Activity::idle || inputs_[i].empty());
    }
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t i = 0; i < count; ++i) {
        if (goes_on_[i] || !freed(i)) continue;
        goes_on_[i] = true;
        changed = true;
      }
    }
  }

  bool freed(std::size_t process) const {
    const std::vector<std::size_t> at = waits_at(process);
    const auto can = [&](std::size_t i) { return goes_on_[other_end(process, i)]; };
    if (activity(process) != Activity::blocked) return std::any_of(at.begin(), at.end(), can);
    // Held back by one that is full; those that have room hold nobody.
    const auto holds = [&](std::size_t i) {
      const ConnectionSnapshot& connection = network_.connections[i];
      return connection.packets >= connection.capacity && !can(i);
    };
    return std::none_of(at.begin(), at.end(), holds) && std::any_of(at.begin(), at.end(), can);
  }

  const graph::Graph& graph_;
  const runtime::NetworkSnapshot& network_;
  const std::vector<std::size_t> component_;
  std::vector<std::vector<std::size_t>> outputs_;
  std::vector<std::vector<std::size_t>> inputs_;
  std::vector<bool> goes_on_;
};

std::string explain_link(const graph::Graph& graph, const runtime::NetworkSnapshot& network,
                         const Waits& waits, std::size_t process, std::size_t connection) {
  const std::string& name = graph.processes[process].name;
  const ConnectionSnapshot& at = network.connections[connection];
  if (waits.activity(process) == Activity::blocked) {
    return fmt::format("{} cannot send into {}, which is full ({} packets)", name, at.name,
                       at.packets);
  }
  if (at.packets == 0)
    return fmt::format("{} waits for a packet from {}, which is empty", name, at.name);
  return fmt::format("{} waits for more than the {} packets that {} may hold", name, at.packets,
                     at.name);
}

// Follows the waits of those who are stuck until one comes round.
Deadlock name(const graph::Graph& graph, const runtime::NetworkSnapshot& network,
              const Waits& waits, std::size_t start) {
  std::vector<std::size_t> path;
  std::vector<std::size_t> links;
  std::size_t at = start;
  while (std::find(path.begin(), path.end(), at) == path.end()) {
    std::size_t link = graph.connections.size();
    // What is full tells most.
    for (const std::size_t i : waits.waits_at(at)) {
      if (!waits.stuck(waits.other_end(at, i))) continue;
      const auto fullness = [&](std::size_t each) { return network.connections[each].packets; };
      if (link == graph.connections.size() || fullness(i) > fullness(link)) link = i;
    }
    if (link == graph.connections.size()) break;
    path.push_back(at);
    links.push_back(link);
    at = waits.other_end(at, link);
  }
  const auto begin = std::find(path.begin(), path.end(), at);
  Deadlock deadlock;
  std::vector<std::string> words;
  for (auto each = begin; each != path.end(); ++each) {
    deadlock.cycle.push_back(*each);
    const std::size_t link = links[static_cast<std::size_t>(each - path.begin())];
    words.push_back(explain_link(graph, network, waits, *each, link));
  }
  if (deadlock.cycle.empty()) deadlock.cycle.push_back(start);
  deadlock.explanation = fmt::format("nothing can move: {}", fmt::join(words, "; "));
  return deadlock;
}

}  // namespace

std::optional<Deadlock> find_deadlock(const graph::Graph& graph,
                                      const runtime::NetworkSnapshot& network) {
  if (graph.connections.empty()) return {};
  const Waits waits(graph, network);
  for (std::size_t i = 0; i < graph.processes.size(); ++i) {
    if (!waits.stuck(i) || !waits.packets_wait(i)) continue;
    return name(graph, network, waits, i);
  }
  return {};
}

std::optional<std::size_t> find_stall(const graph::Graph& graph,
                                      const runtime::NetworkSnapshot& network) {
  if (graph.connections.empty()) return {};
  const Waits waits(graph, network);
  // The one that is at work, or waits outside, while packets wait before it.
  for (std::size_t i = 0; i < graph.processes.size(); ++i) {
    const Activity now = waits.activity(i);
    const bool at_work = now == Activity::waiting || now == Activity::running ||
                         now == Activity::throttled || now == Activity::ready;
    if (at_work && waits.packets_wait(i)) return i;
  }
  return {};
}

}  // namespace weir::diagnosis
