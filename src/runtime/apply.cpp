// Goes over from one graph to another while packets flow, in two short pauses in which no process
// runs. Before the first the new processes are made. In the first the leaving ones are told to
// finish. Between the two they do, while the others go on. In the second the new processes take
// over the queues of those that they replace.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "runtime/errors.hpp"
#include "runtime/network_impl.hpp"

namespace weir::runtime {
namespace {

constexpr std::size_t none = Pools::none;

bool same(const Setting& left, const Setting& right) {
  const auto same_field = [](const SettingField& a, const SettingField& b) {
    return a.name == b.name && same(a.value, b.value);
  };
  return left.kind == right.kind && left.text == right.text && left.quoted == right.quoted &&
         std::equal(left.items.begin(), left.items.end(), right.items.begin(), right.items.end(),
                    same) &&
         std::equal(left.fields.begin(), left.fields.end(), right.fields.begin(),
                    right.fields.end(), same_field);
}

// Apart from its concurrency and its rate, which can be changed while it runs.
bool same(const graph::ProcessModel& left, const graph::ProcessModel& right) {
  const auto same_initial = [](const graph::Initial& a, const graph::Initial& b) {
    return a.port == b.port && a.element == b.element && same(a.value, b.value);
  };
  return left.component == right.component && same(left.config, right.config) &&
         left.on_error == right.on_error && left.order == right.order &&
         left.timeout == right.timeout &&
         std::equal(left.initial.begin(), left.initial.end(), right.initial.begin(),
                    right.initial.end(), same_initial);
}

bool same(const graph::ResourceModel& left, const graph::ResourceModel& right) {
  return left.type == right.type && same(left.config, right.config);
}

template <class Named>
std::unordered_map<std::string_view, std::size_t> index_of(const std::vector<Named>& all) {
  std::unordered_map<std::string_view, std::size_t> index;
  for (std::size_t i = 0; i < all.size(); ++i) index.emplace(all[i].name, i);
  return index;
}

/// What becomes of each process and connection.
struct Plan {
  // By index in the new graph: the old one that stays, or none.
  std::vector<std::size_t> kept_process;
  // By index in the new graph: the old pool that goes on, or none.
  std::vector<std::size_t> kept_resource;
  // By index in the new graph: the old connection that goes on, or none.
  std::vector<std::size_t> kept_connection;
  // By index in the old graph.
  std::vector<bool> process_stays;
  std::vector<bool> connection_stays;
};

Plan make_plan(const Network::Impl& network, const graph::Graph& next) {
  const graph::Graph& old = *network.graph;
  const auto old_processes = index_of(old.processes);
  const auto old_connections = index_of(old.connections);
  const auto old_resources = index_of(old.resources);
  const std::vector<PortWidths> old_widths = port_widths(old);
  const std::vector<PortWidths> widths = port_widths(next);
  Plan plan;
  plan.process_stays.resize(old.processes.size());
  plan.connection_stays.resize(old.connections.size());
  for (const graph::ResourceModel& resource : next.resources) {
    const auto found = old_resources.find(resource.name);
    const bool stays = found != old_resources.end() && same(old.resources[found->second], resource);
    plan.kept_resource.push_back(stays ? found->second : none);
  }
  // Its leases are of the pool that it began with.
  const auto pools_stay = [&](const graph::ProcessModel& process) {
    const std::vector<std::size_t> used = graph::resources_of(next, process);
    return std::all_of(used.begin(), used.end(),
                       [&](std::size_t each) { return plan.kept_resource[each] != none; });
  };
  for (std::size_t i = 0; i < next.processes.size(); ++i) {
    const auto found = old_processes.find(next.processes[i].name);
    const bool stays = found != old_processes.end() &&
                       same(old.processes[found->second], next.processes[i]) &&
                       pools_stay(next.processes[i]) && old_widths[found->second] == widths[i];
    plan.kept_process.push_back(stays ? found->second : none);
  }
  for (const graph::ConnectionModel& connection : next.connections) {
    const auto found = old_connections.find(connection.name);
    plan.kept_connection.push_back(found == old_connections.end() ? none : found->second);
  }
  // A process that has ended begins anew if something new comes to it, and its connections with it.
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < next.connections.size(); ++i) {
      const graph::ConnectionModel& connection = next.connections[i];
      std::size_t& kept = plan.kept_connection[i];
      const bool new_producer = plan.kept_process[connection.from.process] == none;
      if (kept != none && new_producer && network.connections[kept]->queue.closed()) {
        kept = none;
        changed = true;
      }
      std::size_t& consumer = plan.kept_process[connection.to.process];
      if (kept == none && consumer != none && network.nodes[consumer]->is_over()) {
        consumer = none;
        changed = true;
      }
    }
  }
  for (const std::size_t kept : plan.kept_process) {
    if (kept != none) plan.process_stays[kept] = true;
  }
  for (const std::size_t kept : plan.kept_connection) {
    if (kept != none) plan.connection_stays[kept] = true;
  }
  return plan;
}

/// The transaction. All but its construction runs under the network's control mutex.
class Apply {
 public:
  Apply(Network::Impl& network, const graph::Graph& next)
      : network_(network), shared_next_(std::make_shared<const graph::Graph>(next)) {}

  void run() {
    if (!network_.started || network_.finished || network_.failed || network_.abandoned) {
      throw StartFailure("the network is not running, so its graph cannot be changed");
    }
    // Whatever ends meanwhile, the network goes on.
    if (!hold_open()) {
      network_.settle([this] { return network_.finished.load(std::memory_order_acquire); });
      throw StartFailure("the network has just ended");
    }
    try {
      transact();
    } catch (...) {
      keep_connections();
      network_.process_ended();
      throw;
    }
    network_.process_ended();
  }

 private:
  // Consumers may know them already.
  void keep_connections() {
    const std::lock_guard lock(network_.lists);
    for (auto& connection : new_connections_) {
      if (connection == nullptr) continue;
      connection->queue.close();
      network_.leaving_connections.push_back(std::move(connection));
    }
  }

  bool hold_open() {
    std::size_t remaining = network_.remaining.load(std::memory_order_relaxed);
    while (remaining != 0) {
      if (network_.remaining.compare_exchange_weak(remaining, remaining + 1,
                                                   std::memory_order_acq_rel)) {
        return true;
      }
    }
    return false;
  }

  void transact() {
    hold();
    plan_ = make_plan(network_, next_);
    try {
      make_nodes();
    } catch (...) {
      release();
      throw;
    }
    {
      const std::lock_guard lock(network_.lists);
      reap();
      connect_consumers();
      tell_leaving();
    }
    release();
    check(network_.settle([this] { return have_ended(); }));
    hold();
    {
      const std::lock_guard lock(network_.lists);
      exchange();
    }
    start_new();
    release();
  }

  static void check(bool goes_on) {
    if (!goes_on) throw StartFailure("the network was stopped while its graph changed");
  }

  void hold() {
    check(network_.hold(network_.nodes));
    check(network_.hold(network_.leaving));
  }

  void release() {
    for (const auto& node : network_.nodes) node->release();
    for (const auto& node : network_.leaving) node->release();
  }

  void make_nodes() {
    pools_ = make_pools();
    const std::vector<PortWidths> widths = port_widths(next_);
    made_.resize(next_.processes.size());
    for (std::size_t i = 0; i < made_.size(); ++i) {
      if (plan_.kept_process[i] != none) continue;
      made_[i] = network_.make_node(shared_next_, i, widths[i]);
    }
  }

  Pools::List make_pools() const {
    try {
      return network_.pools.prepare(next_, plan_.kept_resource);
    } catch (const std::exception& error) {
      throw StartFailure(fmt::format("resources: {}", words_of(error)));
    }
  }

  // Lets go of what left in an earlier transaction and has finished since.
  void reap() {
    const auto gone = [](const Connection& connection) {
      return connection.producer == nullptr && connection.queue.closed() &&
             connection.queue.length() == 0;
    };
    for (const auto& node : network_.nodes) node->input().disconnect_if(gone);
    std::erase_if(network_.leaving, [](const auto& node) { return node->has_ended(); });
    for (const auto& node : network_.leaving) node->input().disconnect_if(gone);
    std::erase_if(network_.leaving_connections,
                  [&](const auto& connection) { return gone(*connection); });
  }

  void tell_leaving() {
    const graph::Graph& old = *network_.graph;
    const auto next_connection_of = index_of(next_.connections);
    for (std::size_t i = 0; i < old.connections.size(); ++i) {
      const graph::ConnectionModel& model = old.connections[i];
      Connection& connection = *network_.connections[i];
      const bool producer_stays = plan_.process_stays[model.from.process];
      const bool consumer_stays = plan_.process_stays[model.to.process];
      if (plan_.connection_stays[i]) {
        connection.producer_leaves = !producer_stays;
        connection.consumer_leaves = !consumer_stays;
        change_settings(connection, next_.connections[next_connection_of.at(model.name)]);
      } else if (producer_stays) {
        network_.nodes[model.from.process]->output().disconnect(connection);
        network_.nodes[model.from.process]->rewired();
        connection.queue.close();
      }
    }
    for (std::size_t i = 0; i < old.processes.size(); ++i) {
      if (plan_.process_stays[i]) continue;
      ProcessNode& node = *network_.nodes[i];
      node.retire();
      node.output().for_each([](Connection& connection) {
        connection.ends_when_empty = connection.loop != nullptr && !connection.producer_leaves;
      });
    }
    for (const auto& loop : network_.loops) loop->suspend();
  }

  // Those who stay are told at once what they will get, lest they end for want of input. Nothing is
  // sent before the consumers run.
  void connect_consumers() {
    for (std::size_t i = 0; i < next_.connections.size(); ++i) {
      const graph::ConnectionModel& model = next_.connections[i];
      new_connections_.emplace_back();
      if (plan_.kept_connection[i] != none) continue;
      new_connections_.back() = make_connection(model, next_);
      const std::size_t kept = plan_.kept_process[model.to.process];
      if (kept == none) continue;
      Connection& connection = *new_connections_.back();
      connection.consumer = network_.nodes[kept].get();
      Input& input = network_.nodes[kept]->input();
      input.connect(input.index_of(model.to.port, model.to.element), connection);
    }
  }

  void change_settings(Connection& connection, const graph::ConnectionModel& model) {
    const ComponentSpec& consumer = *next_.processes[model.to.process].component;
    connection.queue.set_capacity(capacity_of(model, consumer));
    connection.queue.set_overflow(overflow_of(model.overflow));
  }

  bool have_ended() const {
    for (std::size_t i = 0; i < plan_.process_stays.size(); ++i) {
      if (!plan_.process_stays[i] && !network_.nodes[i]->has_ended()) return false;
    }
    return true;
  }

  void exchange() {
    std::vector<std::unique_ptr<ProcessNode>> old_nodes = std::move(network_.nodes);
    std::vector<std::unique_ptr<Connection>> old_connections = std::move(network_.connections);
    network_.nodes = std::move(made_);
    network_.connections.clear();
    for (std::size_t i = 0; i < network_.nodes.size(); ++i) {
      auto& node = network_.nodes[i];
      if (node == nullptr) {
        node = std::move(old_nodes[plan_.kept_process[i]]);
      } else {
        fresh_.push_back(node.get());
      }
    }
    network_.graph = shared_next_;
    for (std::size_t i = 0; i < next_.connections.size(); ++i) {
      const std::size_t kept = plan_.kept_connection[i];
      network_.connections.push_back(kept == none ? std::move(new_connections_[i])
                                                  : std::move(old_connections[kept]));
      attach(*network_.connections.back(), next_.connections[i], kept == none);
    }
    for (auto& connection : old_connections) {
      if (connection == nullptr) continue;
      // Nobody sends into it any more; who takes from it empties it.
      connection->producer = nullptr;
      connection->loop = nullptr;
      network_.leaving_connections.push_back(std::move(connection));
    }
    reap();
    for (ProcessNode* node : fresh_) network_.put_initial(*node);
    network_.find_loops();
    for (const auto& node : network_.nodes) node->rewired();
    network_.bind_taps();
    network_.remaining.fetch_add(fresh_.size(), std::memory_order_acq_rel);
    ++network_.generation;
  }

  // The ends that are new to each other.
  void attach(Connection& connection, const graph::ConnectionModel& model, bool is_new) {
    ProcessNode& from = *network_.nodes[model.from.process];
    ProcessNode& to = *network_.nodes[model.to.process];
    if (is_new || plan_.kept_process[model.from.process] == none) {
      from.output().connect(from.output().index_of(model.from.port, model.from.element),
                            connection);
    }
    if (plan_.kept_process[model.to.process] == none) {
      to.input().connect(to.input().index_of(model.to.port, model.to.element), connection);
    }
    connection.producer = &from;
    connection.consumer = &to;
    connection.producer_leaves = connection.consumer_leaves = false;
    // Whoever has closed its outputs cannot close this one any more.
    if (is_new && from.is_over()) connection.queue.close();
  }

  void start_new() {
    network_.pools.adopt(std::move(pools_), next_);
    network_.pools.start();
    for (ProcessNode* node : fresh_) {
      try {
        node->start_component();
      } catch (const std::exception& error) {
        node->start_failed();
        network_.process_failed(fmt::format("process {}: {}", node->model().name, words_of(error)));
      }
    }
    for (std::size_t i = 0; i < network_.nodes.size(); ++i) {
      network_.nodes[i]->set_rate(next_.processes[i].rate);
    }
    network_.set_budget(next_);
    network_.limit_in_flight();
    for (std::size_t i = 0; i < network_.nodes.size(); ++i) set_units(i);
  }

  // One that stays keeps what it has been tuned to, within its new bounds.
  void set_units(std::size_t process) {
    ProcessNode& node = *network_.nodes[process];
    const graph::ProcessModel& model = next_.processes[process];
    const unsigned least = concurrency_of(model);
    const bool fresh = plan_.kept_process[process] == none || !may_share(model);
    const unsigned units =
        fresh ? least
              : std::clamp(node.concurrency(), least, std::max(least, model.concurrency.most()));
    if (units != node.concurrency()) node.set_concurrency(units);
  }

  Network::Impl& network_;
  const std::shared_ptr<const graph::Graph> shared_next_;
  const graph::Graph& next_ = *shared_next_;
  Plan plan_;
  // By index in the new graph; null where an old process stays.
  std::vector<std::unique_ptr<ProcessNode>> made_;
  std::vector<ProcessNode*> fresh_;
  // By index in the new graph.
  Pools::List pools_;
  // By index in the new graph; null where an old connection goes on.
  std::vector<std::unique_ptr<Connection>> new_connections_;
};

}  // namespace

void Network::apply(const graph::Graph& next) {
  const std::lock_guard only(impl_->control);
  Apply(*impl_, next).run();
}

}  // namespace weir::runtime
