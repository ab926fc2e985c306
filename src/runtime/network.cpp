#include "runtime/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <vector>

#include "packet/pool.hpp"
#include "packet/slab.hpp"
#include "runtime/process_node.hpp"
#include "runtime/setting_packet.hpp"

namespace weir::runtime {
namespace {

// What `capacity: auto` starts with.
constexpr std::uint32_t auto_capacity = 512;

std::uint32_t capacity_of(const graph::ConnectionModel& model, unsigned least_input) {
  if (model.capacity.fixed) return *model.capacity.fixed;
  const std::uint32_t least = std::max(model.capacity.min.value_or(1), least_input);
  return std::clamp(auto_capacity, least, std::max(least, model.capacity.max.value_or(UINT32_MAX)));
}

// Elements of each port: 1 for a plain one, as many as the graph connects for an array port.
std::vector<unsigned> port_widths(const graph::Graph& graph, std::size_t process, bool output) {
  const ComponentSpec& spec = *graph.processes[process].component;
  const auto& ports = output ? spec.outputs : spec.inputs;
  std::vector<unsigned> widths;
  widths.reserve(ports.size() + 1);
  for (const PortSpec& port : ports) widths.push_back(port.array ? 0 : 1);
  if (output) widths.push_back(1);
  for (const graph::ConnectionModel& connection : graph.connections) {
    const graph::Endpoint& end = output ? connection.from : connection.to;
    if (end.process == process) widths[end.port] = std::max(widths[end.port], end.element + 1);
  }
  if (!output) {
    for (const graph::Initial& initial : graph.processes[process].initial) {
      widths[initial.port] = std::max(widths[initial.port], initial.element + 1);
    }
  }
  return widths;
}

}  // namespace

std::string_view to_string(Activity activity) noexcept {
  switch (activity) {
    case Activity::idle: return "idle";
    case Activity::ready: return "ready";
    case Activity::running: return "running";
    case Activity::waiting: return "waiting";
    case Activity::blocked: return "blocked";
    case Activity::ended: return "ended";
    case Activity::failed: return "failed";
  }
  return "";
}

std::string_view to_string(Phase phase) noexcept {
  switch (phase) {
    case Phase::starting: return "starting";
    case Phase::running: return "running";
    case Phase::draining: return "draining";
    case Phase::ended: return "ended";
    case Phase::failed: return "failed";
  }
  return "";
}

struct Network::Impl final : NetworkEvents {
  Impl(const graph::Graph& graph_model, scheduler::Executor& run_on)
      : graph(graph_model), executor(run_on) {
    make_nodes();
    for (const graph::ConnectionModel& model : graph.connections) connect(model);
    for (std::size_t i = 0; i < graph.processes.size(); ++i) put_initial(i);
    remaining.store(nodes.size(), std::memory_order_relaxed);
  }

  void make_nodes() {
    for (std::size_t i = 0; i < graph.processes.size(); ++i) {
      const graph::ProcessModel& model = graph.processes[i];
      try {
        nodes.push_back(std::make_unique<ProcessNode>(
            model, port_widths(graph, i, false), port_widths(graph, i, true),
            static_cast<std::uint32_t>(i + 1), executor, *this));
      } catch (const std::exception& error) {
        throw StartFailure(fmt::format("process {}: {}", model.name, error.what()));
      }
    }
  }

  void connect(const graph::ConnectionModel& model) {
    ProcessNode& from = *nodes[model.from.process];
    ProcessNode& to = *nodes[model.to.process];
    auto connection =
        std::make_unique<Connection>(capacity_of(model, to.model().component->least_input));
    connection->producer = &from;
    connection->consumer = &to;
    connection->name = model.name;
    connection->from = from.model().name + "." + graph::output_port_name(graph, model.from);
    connection->to = to.model().name + "." + graph::input_port_name(graph, model.to);
    from.output().connect(from.output().index_of(model.from.port, model.from.element), *connection);
    to.input().connect(to.input().index_of(model.to.port, model.to.element), *connection);
    connections.push_back(std::move(connection));
  }

  void put_initial(std::size_t process) {
    ProcessNode& node = *nodes[process];
    for (const graph::Initial& initial : node.model().initial) {
      auto connection = std::make_unique<Connection>(1);
      connection->consumer = &node;
      detail::PacketCell* cell = packet_of(initial.value).release_to_runtime();
      connection->queue.put(&cell, 1, 0);
      connection->queue.close();
      node.input().connect(node.input().index_of(initial.port, initial.element), *connection);
      initials.push_back(std::move(connection));
    }
  }

  void process_ended() override {
    if (remaining.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      finished.store(true, std::memory_order_release);
      if (callback) callback();
    }
  }

  void process_failed(const std::string& reason) override {
    {
      std::lock_guard lock(failure_mutex);
      if (failure.empty()) failure = reason;
    }
    failed.store(true, std::memory_order_release);
    drain();
  }

  bool stopping() const noexcept override { return drains.load(std::memory_order_acquire); }

  void drain() {
    if (drains.exchange(true, std::memory_order_acq_rel)) return;
    for (const auto& node : nodes) wake(executor, *node, false);
  }

  void abandon() {
    for (const auto& node : nodes) node->set_gone();
    executor.settle([this] {
      return std::none_of(nodes.begin(), nodes.end(),
                          [](const auto& node) { return node->running() || node->queued(); });
    });
    for (const auto& node : nodes) node->stop_component();
  }

  void start() {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      try {
        nodes[i]->start_component();
      } catch (const std::exception& error) {
        abandon();
        throw StartFailure(fmt::format("process {}: {}", nodes[i]->model().name, error.what()));
      }
    }
    started.store(true, std::memory_order_release);
    for (const auto& node : nodes) {
      // Everyone is run once: to find its initial packets, or that it has nothing to do.
      static_cast<void>(node->notify());
      if (node->set_limit(1)) executor.submit(*node, false);
    }
  }

  Phase phase() const noexcept {
    if (!started.load(std::memory_order_acquire)) return Phase::starting;
    if (failed.load(std::memory_order_acquire)) return Phase::failed;
    if (finished.load(std::memory_order_acquire)) return Phase::ended;
    return drains.load(std::memory_order_acquire) ? Phase::draining : Phase::running;
  }

  const graph::Graph graph;
  scheduler::Executor& executor;
  std::vector<std::unique_ptr<Connection>> connections;
  std::vector<std::unique_ptr<Connection>> initials;
  std::vector<std::unique_ptr<ProcessNode>> nodes;
  std::function<void()> callback;
  std::atomic<std::size_t> remaining{0};
  std::atomic<bool> started{false};
  std::atomic<bool> drains{false};
  std::atomic<bool> finished{false};
  std::atomic<bool> failed{false};
  mutable std::mutex failure_mutex;
  std::string failure;
};

namespace {

// Names the elements of each port: "out", "out[0]", "error".
void read_ports(const ProcessNode& node, ProcessSnapshot& into) {
  const ComponentSpec& spec = *node.model().component;
  const Input& input = node.input();
  for (unsigned port = 0; port < spec.inputs.size(); ++port) {
    for (unsigned element = 0; element < input.width(port); ++element) {
      const unsigned index = input.index_of(port, element);
      const std::string name(spec.inputs[port].name);
      into.ports.push_back({spec.inputs[port].array ? fmt::format("{}[{}]", name, element) : name,
                            false, input.is_connected(index), input.packets(index)});
    }
  }
  const Output& output = node.output();
  for (unsigned port = 0; port <= spec.outputs.size(); ++port) {
    const bool is_error = port == spec.outputs.size();
    const std::string name(is_error ? error_port : spec.outputs[port].name);
    for (unsigned element = 0; element < output.width(port); ++element) {
      const unsigned index = output.index_of(port, element);
      into.ports.push_back(
          {!is_error && spec.outputs[port].array ? fmt::format("{}[{}]", name, element) : name,
           true, output.is_connected(index), output.packets(index)});
    }
  }
}

ConnectionSnapshot read_connection(const Connection& connection) {
  const connection::Queue& queue = connection.queue;
  ConnectionSnapshot into;
  into.name = connection.name;
  into.from = connection.from;
  into.to = connection.to;
  // Taken is read first, so that it never seems to exceed what was put.
  into.taken = queue.taken_packets();
  const std::uint64_t taken_bytes = queue.taken_bytes();
  into.put = queue.put_packets();
  const std::uint64_t put_bytes = queue.put_bytes();
  into.packets = into.put - into.taken;
  into.bytes = put_bytes > taken_bytes ? put_bytes - taken_bytes : 0;
  into.capacity = queue.capacity();
  into.overflow = into.packets > into.capacity ? into.packets - into.capacity : 0;
  return into;
}

}  // namespace

Network::Network(const graph::Graph& graph, scheduler::Executor& executor)
    : impl_(std::make_unique<Impl>(graph, executor)) {}

Network::~Network() {
  abandon();
}

void Network::on_finished(std::function<void()> callback) {
  impl_->callback = std::move(callback);
}

void Network::start() {
  impl_->start();
}

bool Network::finished() const noexcept {
  return impl_->finished.load(std::memory_order_acquire);
}

bool Network::failed() const noexcept {
  return impl_->failed.load(std::memory_order_acquire);
}

void Network::drain() {
  impl_->drain();
}

void Network::abandon() {
  impl_->abandon();
}

NetworkSnapshot Network::snapshot() const {
  NetworkSnapshot result;
  result.graph = impl_->graph.name;
  result.phase = impl_->phase();
  {
    std::lock_guard lock(impl_->failure_mutex);
    result.failure = impl_->failure;
  }
  const scheduler::Task* stuck = impl_->executor.stuck_task();
  for (const auto& node : impl_->nodes) {
    ProcessSnapshot process;
    process.name = node->model().name;
    process.component = node->model().component->name;
    read_ports(*node, process);
    node->read(process);
    if (node.get() == stuck) result.stuck = process.name;
    result.processes.push_back(std::move(process));
  }
  for (const auto& connection : impl_->connections) {
    result.connections.push_back(read_connection(*connection));
  }
  result.workers = impl_->executor.workers();
  result.pool_live_packets = pool::live_packets();
  result.pool_bytes = slab::system_bytes();
  return result;
}

}  // namespace weir::runtime
