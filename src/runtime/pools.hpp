// The pools of resources of a network. Owned by the network; processes find theirs here by name.
// Changed by the control thread alone, read from any.
#pragma once

#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "graph/model.hpp"
#include "resource/pool.hpp"
#include "scheduler/executor.hpp"

namespace weir::runtime {

class Pools {
 public:
  using List = std::vector<std::shared_ptr<resource::PoolCore>>;

  explicit Pools(scheduler::Executor& executor) noexcept : executor_(executor) {}

  /// The pools of a graph, parallel to its resources: those of `kept` (indices into the present
  /// list, or none) go on, the others are made. Nothing starts or changes yet. Throws what a type's
  /// make() throws.
  List prepare(const graph::Graph& graph, const std::vector<std::size_t>& kept = {}) const;
  /// From now on these are the pools, with the limits of the graph. Those that are not among them
  /// are closed: what is on loan when it comes back.
  void adopt(List pools, const graph::Graph& graph);
  /// Begins to make the first resources of those that are new.
  void start();
  void close();

  /// Null if there is none of that name.
  std::shared_ptr<Pool> find(std::string_view name) const;
  std::vector<resource::PoolFigures> figures() const;

  static constexpr std::size_t none = static_cast<std::size_t>(-1);

 private:
  scheduler::Executor& executor_;
  mutable std::mutex mutex_;
  List pools_;
};

}  // namespace weir::runtime
