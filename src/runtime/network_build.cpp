// Makes the processes, connections and loops of a network from its graph.
#include <fmt/format.h>

#include <algorithm>

#include "graph/cycles.hpp"
#include "runtime/errors.hpp"
#include "runtime/network_impl.hpp"
#include "runtime/setting_packet.hpp"
#include "weir/config.hpp"

namespace weir::runtime {
namespace {

// What `capacity: auto` starts with.
constexpr std::uint32_t auto_capacity = 1024;

}  // namespace

std::vector<PortWidths> port_widths(const graph::Graph& graph) {
  std::vector<PortWidths> widths(graph.processes.size());
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const ComponentSpec& spec = *graph.processes[i].component;
    widths[i].inputs.reserve(spec.inputs.size());
    widths[i].outputs.reserve(spec.outputs.size() + 1);
    for (const PortSpec& port : spec.inputs) widths[i].inputs.push_back(port.array ? 0 : 1);
    for (const PortSpec& port : spec.outputs) widths[i].outputs.push_back(port.array ? 0 : 1);
    // The error port.
    widths[i].outputs.push_back(1);
    for (const graph::Initial& initial : graph.processes[i].initial) {
      unsigned& width = widths[i].inputs[initial.port];
      width = std::max(width, initial.element + 1);
    }
  }
  for (const graph::ConnectionModel& connection : graph.connections) {
    unsigned& from = widths[connection.from.process].outputs[connection.from.port];
    from = std::max(from, connection.from.element + 1);
    unsigned& to = widths[connection.to.process].inputs[connection.to.port];
    to = std::max(to, connection.to.element + 1);
  }
  return widths;
}

std::uint32_t capacity_of(const graph::ConnectionModel& model, const ComponentSpec& consumer) {
  if (model.capacity.fixed) return *model.capacity.fixed;
  const std::uint32_t least = std::max(model.capacity.min.value_or(1), consumer.least_input);
  return std::clamp(auto_capacity, least, std::max(least, model.capacity.max.value_or(UINT32_MAX)));
}

connection::Overflow overflow_of(const graph::Overflow& overflow) {
  using connection::Policy;
  constexpr Policy policies[] = {Policy::block, Policy::drop_oldest, Policy::drop_newest,
                                 Policy::fail};
  return {policies[static_cast<std::size_t>(overflow.then)], overflow.limit.value_or(0),
          overflow.in_bytes};
}

bool may_share(const graph::ProcessModel& process) {
  const ComponentSpec& spec = *process.component;
  return spec.parallel && (spec.serial == nullptr || !spec.serial(Config(spec, process.config)));
}

unsigned concurrency_of(const graph::ProcessModel& process) {
  return may_share(process) ? process.concurrency.least() : 1;
}

void Network::Impl::limit_in_flight() noexcept {
  std::uint64_t least = 0;
  for (const graph::ProcessModel& process : graph->processes) least += concurrency_of(process);
  flights.set_limit(least > graph->max_concurrency ? graph->max_concurrency : 0);
}

Network::Impl::Impl(std::shared_ptr<const graph::Graph> graph_model, scheduler::Executor& run_on)
    : graph(std::move(graph_model)), executor(run_on), sampler(run_on), pools(run_on) {
  set_budget(*graph);
  limit_in_flight();
  try {
    pools.adopt(pools.prepare(*graph), *graph);
  } catch (const std::exception& error) {
    throw StartFailure(fmt::format("resources: {}", words_of(error)));
  }
  const std::vector<PortWidths> widths = port_widths(*graph);
  nodes.reserve(graph->processes.size());
  for (std::size_t i = 0; i < graph->processes.size(); ++i) {
    nodes.push_back(make_node(graph, i, widths[i]));
  }
  connections.reserve(graph->connections.size());
  for (const graph::ConnectionModel& model : graph->connections) {
    connections.push_back(make_connection(model, *graph));
    attach(*connections.back(), model);
  }
  for (const auto& node : nodes) {
    put_initial(*node);
    node->rewired();
  }
  find_loops();
  budget.set_rests([this] { return only_sources_go_on(); });
  remaining.store(nodes.size(), std::memory_order_relaxed);
}

std::unique_ptr<ProcessNode> Network::Impl::make_node(const std::shared_ptr<const graph::Graph>& of,
                                                      std::size_t process,
                                                      const PortWidths& widths) {
  const std::shared_ptr<const graph::ProcessModel> model(of, &of->processes[process]);
  try {
    return std::make_unique<ProcessNode>(model, widths.inputs, widths.outputs, ++last_origin,
                                         executor, *this);
  } catch (const std::exception& error) {
    throw StartFailure(fmt::format("process {}: {}", model->name, words_of(error)));
  }
}

std::unique_ptr<Connection> make_connection(const graph::ConnectionModel& model,
                                            const graph::Graph& graph) {
  const ComponentSpec& consumer = *graph.processes[model.to.process].component;
  return std::make_unique<Connection>(model.name, capacity_of(model, consumer),
                                      overflow_of(model.overflow));
}

// Both of its processes are held or have not begun.
void Network::Impl::attach(Connection& connection, const graph::ConnectionModel& model) {
  ProcessNode& from = *nodes[model.from.process];
  ProcessNode& to = *nodes[model.to.process];
  connection.producer = &from;
  connection.consumer = &to;
  from.output().connect(from.output().index_of(model.from.port, model.from.element), connection);
  to.input().connect(to.input().index_of(model.to.port, model.to.element), connection);
}

void Network::Impl::put_initial(ProcessNode& node) {
  for (const graph::Initial& initial : node.model().initial) {
    auto connection = std::make_unique<Connection>(
        fmt::format("initial packet of {}", node.model().name), 1, connection::Overflow{});
    connection->consumer = &node;
    detail::PacketCell* cell = packet_of(initial.value).release_to_runtime();
    connection->queue.put(&cell, 1);
    connection->queue.close();
    node.input().connect_initial(node.input().index_of(initial.port, initial.element), *connection);
    initials.push_back(std::move(connection));
  }
}

void Network::Impl::find_loops() {
  loops.clear();
  for (const auto& node : nodes) node->input().set_loop(nullptr);
  const std::vector<std::size_t> component = graph::strong_components(*graph);
  std::vector<Loop*> loop_of(nodes.size());
  for (std::size_t i = 0; i < connections.size(); ++i) {
    const graph::ConnectionModel& model = graph->connections[i];
    const std::size_t of = component[model.from.process];
    connections[i]->loop = nullptr;
    if (of != component[model.to.process]) continue;
    if (loop_of[of] == nullptr) loop_of[of] = loops.emplace_back(std::make_unique<Loop>()).get();
    connections[i]->loop = loop_of[of];
    loop_of[of]->add_inner(*connections[i]);
  }
  if (loops.empty()) return;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    Loop* const loop = loop_of[component[i]];
    if (loop == nullptr) continue;
    loop->add_member(*nodes[i]);
    nodes[i]->input().set_loop(loop);
    nodes[i]->input().for_each([&](Connection& connection) {
      if (connection.loop != loop) loop->add_entry(connection);
    });
  }
}

}  // namespace weir::runtime
