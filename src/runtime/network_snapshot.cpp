// What a network looks like at one moment.
#include <utility>

#include "packet/pool.hpp"
#include "packet/slab.hpp"
#include "runtime/network_impl.hpp"
#include "runtime/port_names.hpp"

namespace weir::runtime {
namespace {

void read_ports(const ProcessNode& node, ProcessSnapshot& into) {
  for_each_port(node, [&](std::string name, bool output, unsigned index) {
    if (output) {
      const Output& side = node.output();
      into.ports.push_back({std::move(name), true, side.is_connected(index), side.packets(index)});
    } else {
      const Input& side = node.input();
      into.ports.push_back({std::move(name), false, side.is_connected(index), side.packets(index)});
    }
  });
}

ProcessSnapshot read_process(const ProcessNode& node) {
  ProcessSnapshot into;
  into.name = node.model().name;
  into.component = node.model().component->name;
  read_ports(node, into);
  node.read(into);
  return into;
}

ConnectionSnapshot read_connection(const Connection& connection) {
  constexpr std::string_view arrow = " -> ";
  const connection::Queue& queue = connection.queue;
  ConnectionSnapshot into;
  into.name = connection.name;
  const std::size_t at = into.name.find(arrow);
  into.from = into.name.substr(0, at);
  into.to = into.name.substr(at + arrow.size());
  // What has left is read first, so that it never seems to exceed what was put.
  into.dropped = queue.dropped_packets();
  into.taken = queue.taken_packets();
  into.put = queue.put_packets();
  const std::uint64_t left = into.taken + into.dropped;
  into.packets = into.put > left ? into.put - left : 0;
  into.bytes = queue.bytes();
  into.capacity = queue.capacity();
  into.overflow = into.packets > into.capacity ? into.packets - into.capacity : 0;
  return into;
}

}  // namespace

NetworkSnapshot Network::snapshot() const {
  NetworkSnapshot result;
  result.phase = impl_->phase();
  {
    const std::lock_guard lock(impl_->failure_mutex);
    result.failure = impl_->failure;
  }
  const scheduler::Task* stuck = impl_->executor.stuck_task();
  {
    const std::lock_guard lock(impl_->lists);
    result.graph = impl_->graph->name;
    result.generation = impl_->generation;
    for (const auto* list : {&impl_->nodes, &impl_->leaving}) {
      for (const auto& node : *list) {
        if (list == &impl_->leaving && node->has_ended()) continue;
        result.processes.push_back(read_process(*node));
        if (stuck != nullptr && node->runs(stuck)) result.stuck = node->model().name;
      }
    }
    for (const auto* list : {&impl_->connections, &impl_->leaving_connections}) {
      for (const auto& connection : *list) {
        if (list == &impl_->leaving_connections && connection->queue.closed() &&
            connection->queue.length() == 0) {
          continue;
        }
        result.connections.push_back(read_connection(*connection));
      }
    }
  }
  result.pools = impl_->pools.figures();
  result.workers = impl_->executor.workers();
  result.blocking_threads = impl_->executor.blocking_threads();
  result.memory = memory();
  result.pool_live_packets = pool::live_packets();
  result.pool_bytes = slab::system_bytes();
  result.pool_allocations = slab::system_allocations();
  return result;
}

std::string Network::stuck() const {
  const scheduler::Task* stuck = impl_->executor.stuck_task();
  if (stuck == nullptr) return {};
  const std::lock_guard lock(impl_->lists);
  for (const auto* list : {&impl_->nodes, &impl_->leaving}) {
    for (const auto& node : *list) {
      if (node->runs(stuck)) return node->model().name;
    }
  }
  return {};
}

void Network::read(NetworkFigures& into) const {
  into.running = impl_->phase() == Phase::running;
  const std::lock_guard lock(impl_->lists);
  into.generation = impl_->generation;
  into.at = impl_->executor.now();
  into.processes.assign(impl_->nodes.size(), {});
  for (std::size_t i = 0; i < impl_->nodes.size(); ++i) {
    impl_->nodes[i]->read(into.processes[i], into.at);
  }
  into.connections.resize(impl_->connections.size());
  for (std::size_t i = 0; i < impl_->connections.size(); ++i) {
    const Connection& connection = *impl_->connections[i];
    ConnectionFigures& figures = into.connections[i];
    figures.taken = connection.queue.taken_packets();
    figures.put = connection.queue.put_packets();
    figures.holds = connection.holds.get();
    figures.length = connection.queue.length();
    figures.bytes = connection.queue.bytes();
    figures.capacity = connection.queue.capacity();
  }
}

std::vector<resource::PoolFigures> Network::pools() const {
  return impl_->pools.figures();
}

std::pair<std::shared_ptr<const graph::Graph>, std::uint64_t> Network::graph() const {
  const std::lock_guard lock(impl_->lists);
  return {impl_->graph, impl_->generation};
}

MemorySnapshot Network::memory() const {
  return impl_->budget.snapshot(impl_->executor.now());
}

}  // namespace weir::runtime
