// What a Network consists of. For its own sources (network.cpp, network_build.cpp, apply.cpp,
// network_snapshot.cpp).
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/in_flight.hpp"
#include "runtime/memory_budget.hpp"
#include "runtime/network.hpp"
#include "runtime/pools.hpp"
#include "runtime/process_node.hpp"
#include "runtime/tap_point.hpp"

namespace weir::runtime {

/// Elements of each port of a process: 1 for a plain one, as many as the graph connects for an
/// array port.
struct PortWidths {
  std::vector<unsigned> inputs;
  std::vector<unsigned> outputs;
  bool operator==(const PortWidths&) const = default;
};
/// Those of all processes of a graph.
std::vector<PortWidths> port_widths(const graph::Graph& graph);

std::uint32_t capacity_of(const graph::ConnectionModel& model, const ComponentSpec& consumer);
connection::Overflow overflow_of(const graph::Overflow& overflow);
std::unique_ptr<Connection> make_connection(const graph::ConnectionModel& model,
                                            const graph::Graph& graph);
/// The units that a process starts with.
unsigned concurrency_of(const graph::ProcessModel& process);

struct Network::Impl final : NetworkEvents {
  Impl(std::shared_ptr<const graph::Graph> graph_model, scheduler::Executor& run_on);

  // Building, while nothing runs (network_build.cpp).
  std::unique_ptr<ProcessNode> make_node(const std::shared_ptr<const graph::Graph>& of,
                                         std::size_t process, const PortWidths& widths);
  void put_initial(ProcessNode& node);
  void attach(Connection& connection, const graph::ConnectionModel& model);
  void find_loops();

  // Running (network.cpp).
  void process_ended() override;
  void process_failed(const std::string& reason) override;
  /// For an activation of a source, which no change of the graph can overtake.
  bool only_sources_go_on() const noexcept;
  bool stopping() const noexcept override { return drains.load(std::memory_order_acquire); }
  LatencySampler& latency() noexcept override { return sampler; }
  MemoryBudget& memory() noexcept override { return budget; }
  InFlight& in_flight() noexcept override { return flights; }
  std::shared_ptr<Pool> resource(std::string_view name) const override { return pools.find(name); }
  void start();
  void drain();
  void abandon();
  bool hold(const std::vector<std::unique_ptr<ProcessNode>>& held);
  bool settle(const std::function<bool()>& done);
  ProcessNode* find(std::string_view process) noexcept;
  Connection* find_connection(std::string_view name) noexcept;
  Phase phase() const noexcept;
  void set_budget(const graph::Graph& of) noexcept;
  void limit_in_flight() noexcept;

  // Taps, under `lists` (network_taps.cpp).
  bool bind(TapPoint& point, bool tapped);
  void bind_taps();

  std::shared_ptr<const graph::Graph> graph;
  scheduler::Executor& executor;
  // Before the nodes, which use it to their end.
  LatencySampler sampler;
  MemoryBudget budget;
  InFlight flights;
  // See Network::set_memory_budget().
  std::uint64_t memory_usual = 0;
  std::uint64_t memory_most = 0;
  // Parallel to graph.resources.
  Pools pools;
  // By port name. Before the nodes too, and never taken away.
  std::map<std::string, std::unique_ptr<TapPoint>, std::less<>> tap_points;
  std::atomic<unsigned> open_taps{0};
  // Parallel to graph.processes and graph.connections.
  std::vector<std::unique_ptr<ProcessNode>> nodes;
  std::vector<std::unique_ptr<Connection>> connections;
  std::vector<std::unique_ptr<Connection>> initials;
  std::vector<std::unique_ptr<Loop>> loops;
  // Removed from the graph, and not finished yet or still known to a neighbour.
  std::vector<std::unique_ptr<ProcessNode>> leaving;
  std::vector<std::unique_ptr<Connection>> leaving_connections;
  std::uint32_t last_origin = 0;
  std::uint64_t generation = 1;

  /// One control operation at a time.
  std::mutex control;
  /// Guards the lists above. Held by no one who waits for a task.
  mutable std::mutex lists;

  std::function<void()> callback;
  /// Processes that have not ended, and control operations that may add some.
  std::atomic<std::size_t> remaining{0};
  std::atomic<bool> started{false};
  std::atomic<bool> drains{false};
  std::atomic<bool> finished{false};
  std::atomic<bool> failed{false};
  std::atomic<bool> abandoned{false};
  mutable std::mutex failure_mutex;
  std::string failure;
};

}  // namespace weir::runtime
