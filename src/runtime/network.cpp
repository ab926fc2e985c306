#include "runtime/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/errors.hpp"
#include "runtime/network_impl.hpp"

namespace weir::runtime {

std::string_view to_string(Activity activity) noexcept {
  switch (activity) {
    case Activity::idle: return "idle";
    case Activity::ready: return "ready";
    case Activity::running: return "running";
    case Activity::waiting: return "waiting";
    case Activity::blocked: return "blocked";
    case Activity::throttled: return "throttled";
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

void Network::Impl::process_ended() {
  if (remaining.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    pools.close();
    finished.store(true, std::memory_order_release);
    if (callback) callback();
  }
}

void Network::Impl::process_failed(const std::string& reason) {
  {
    const std::lock_guard lock(failure_mutex);
    if (failure.empty()) failure = reason;
  }
  failed.store(true, std::memory_order_release);
  drain();
}

bool Network::Impl::only_sources_go_on() const noexcept {
  const auto waits = [](const auto& node) { return node->waits_for_input(); };
  return std::all_of(nodes.begin(), nodes.end(), waits) &&
         std::all_of(leaving.begin(), leaving.end(), waits);
}

void Network::Impl::drain() {
  if (drains.exchange(true, std::memory_order_acq_rel)) return;
  const std::lock_guard lock(lists);
  for (const auto& node : nodes) node->wake(false);
  for (const auto& node : leaving) node->wake(false);
}

// False if the network was abandoned meanwhile.
bool Network::Impl::settle(const std::function<bool()>& done) {
  executor.settle([&] { return abandoned.load(std::memory_order_acquire) || done(); });
  return !abandoned.load(std::memory_order_acquire);
}

// Returns when none of them is running any more, and none will until it is released. False if the
// network was abandoned meanwhile.
bool Network::Impl::hold(const std::vector<std::unique_ptr<ProcessNode>>& held) {
  for (const auto& node : held) node->hold();
  return settle([&] {
    return std::none_of(held.begin(), held.end(), [](const auto& node) { return node->busy(); });
  });
}

void Network::Impl::abandon() {
  abandoned.store(true, std::memory_order_release);
  const std::lock_guard only(control);
  for (const auto* list : {&nodes, &leaving}) {
    for (const auto& node : *list) node->set_gone();
    executor.settle([list] {
      return std::none_of(list->begin(), list->end(),
                          [](const auto& node) { return node->busy(); });
    });
  }
  for (const auto* list : {&nodes, &leaving}) {
    for (const auto& node : *list) node->give_up();
  }
  pools.close();
}

void Network::Impl::start() {
  std::unique_lock only(control);
  pools.start();
  for (const auto& node : nodes) {
    try {
      node->start_component();
      node->set_concurrency(concurrency_of(node->model()));
    } catch (const std::exception& error) {
      only.unlock();
      abandon();
      throw StartFailure(fmt::format("process {}: {}", node->model().name, words_of(error)));
    }
  }
  started.store(true, std::memory_order_release);
  // Everyone is run once: to find its initial packets, or that it has nothing to do.
  for (const auto& node : nodes) node->release();
}

ProcessNode* Network::Impl::find(std::string_view process) noexcept {
  const auto found = std::find_if(nodes.begin(), nodes.end(),
                                  [&](const auto& node) { return node->model().name == process; });
  return found == nodes.end() ? nullptr : found->get();
}

Connection* Network::Impl::find_connection(std::string_view name) noexcept {
  const auto found = std::find_if(connections.begin(), connections.end(),
                                  [&](const auto& connection) { return connection->name == name; });
  return found == connections.end() ? nullptr : found->get();
}

Phase Network::Impl::phase() const noexcept {
  if (!started.load(std::memory_order_acquire)) return Phase::starting;
  if (failed.load(std::memory_order_acquire)) return Phase::failed;
  if (finished.load(std::memory_order_acquire)) return Phase::ended;
  return drains.load(std::memory_order_acquire) ? Phase::draining : Phase::running;
}

Network::Network(const graph::Graph& graph, scheduler::Executor& executor)
    : Network(std::make_shared<const graph::Graph>(graph), executor) {}

Network::Network(std::shared_ptr<const graph::Graph> graph, scheduler::Executor& executor)
    : impl_(std::make_unique<Impl>(std::move(graph), executor)) {}

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

void Network::Impl::set_budget(const graph::Graph& of) noexcept {
  const bool holds = of.memory && (memory_most == 0 || *of.memory <= memory_most);
  budget.set_limit(holds ? *of.memory : memory_usual);
}

void Network::set_memory_budget(std::uint64_t usual, std::uint64_t most) noexcept {
  impl_->memory_usual = usual;
  impl_->memory_most = most;
  impl_->set_budget(*impl_->graph);
}

void Network::sample_latency(unsigned one_in) noexcept {
  impl_->sampler.set(one_in);
}

LatencyLog& Network::latency() noexcept {
  return impl_->sampler.log();
}

bool Network::set_capacity(std::string_view connection, std::uint32_t packets) {
  const std::lock_guard only(impl_->control);
  Connection* found = impl_->find_connection(connection);
  if (found == nullptr) return false;
  found->queue.set_capacity(packets);
  // A larger one may give room to a producer that rests, or to those who wait at a cycle.
  if (found->producer != nullptr) found->producer->wake(false);
  if (found->loop != nullptr) found->loop->taken();
  return true;
}

bool Network::set_concurrency(std::string_view process, unsigned units) {
  const std::lock_guard only(impl_->control);
  ProcessNode* node = impl_->find(process);
  if (node == nullptr || units == 0) return false;
  if (units > 1 && !may_share(node->model())) return false;
  node->hold();
  if (!impl_->settle([node] { return !node->busy(); })) return false;
  node->set_concurrency(units);
  node->release();
  return true;
}

}  // namespace weir::runtime
