#include "runtime/pools.hpp"

#include <algorithm>
#include <functional>
#include <random>
#include <utility>

#include "resource/options.hpp"
#include "runtime/errors.hpp"
#include "weir/config.hpp"

namespace weir::runtime {
namespace {

std::shared_ptr<resource::PoolCore> make_pool(const graph::ResourceModel& model,
                                              scheduler::Executor& executor) {
  const Config config(*model.type, model.config);
  resource::PoolOptions options = resource::pool_options(config);
  options.name = model.name;
  options.type = model.type->name;
  options.noun = model.type->noun;
  options.min = model.min;
  options.max = model.max;
  // A simulation is repeated exactly; programs in production do not go in step.
  options.seed =
      executor.io() == nullptr ? std::hash<std::string>()(model.name) : std::random_device()();
  options.log = log_line;
  return std::make_shared<resource::PoolCore>(std::move(options),
                                              model.type->make(config, executor), executor);
}

}  // namespace

Pools::List Pools::prepare(const graph::Graph& graph, const std::vector<std::size_t>& kept) const {
  const std::lock_guard lock(mutex_);
  List list;
  list.reserve(graph.resources.size());
  for (std::size_t i = 0; i < graph.resources.size(); ++i) {
    const std::size_t old = kept.empty() ? none : kept[i];
    list.push_back(old == none ? make_pool(graph.resources[i], executor_) : pools_[old]);
  }
  return list;
}

void Pools::adopt(List pools, const graph::Graph& graph) {
  {
    const std::lock_guard lock(mutex_);
    pools_.swap(pools);
    for (std::size_t i = 0; i < pools_.size(); ++i) {
      pools_[i]->resize(graph.resources[i].min, graph.resources[i].max);
      std::erase(pools, pools_[i]);
    }
  }
  for (const auto& gone : pools) gone->close();
}

void Pools::start() {
  const std::lock_guard lock(mutex_);
  for (const auto& pool : pools_) pool->start();
}

void Pools::close() {
  const std::lock_guard lock(mutex_);
  for (const auto& pool : pools_) pool->close();
}

std::shared_ptr<Pool> Pools::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(pools_.begin(), pools_.end(),
                                  [name](const auto& pool) { return pool->name() == name; });
  return found == pools_.end() ? nullptr : *found;
}

std::vector<resource::PoolFigures> Pools::figures() const {
  const std::lock_guard lock(mutex_);
  std::vector<resource::PoolFigures> all;
  all.reserve(pools_.size());
  for (const auto& pool : pools_) all.push_back(pool->figures());
  return all;
}

}  // namespace weir::runtime
