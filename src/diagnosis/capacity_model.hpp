// How much can flow through a graph, and what binds then. Operational bounds of queueing networks
// (Denning & Buzen 1978; Lazowska, Zahorjan, Graham & Sevcik, "Quantitative system performance",
// 1984): with v packets handled by a process for each that leaves the sources, s seconds of a unit
// for each, and X packets a second,
//
//   X <= offered rate, pace of a source, rate / v, units / (v s), resources / sum(v h), total /
//   sum(v s),
//        processors / sum(v p)
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "diagnosis/change.hpp"
#include "diagnosis/measured.hpp"

namespace weir::diagnosis {

/// Something that can bind.
struct Bound {
  enum class What : std::uint8_t { offered, pace, rate, units, pool, total, cores };
  What what = What::offered;
  /// A process, or a pool.
  std::size_t index = 0;
  double capacity = 0;
  /// How much of the capacity is in use now.
  double used = 0;
  /// What a packet of each source takes of the capacity; parallel to the model's sources.
  std::vector<double> takes;
};

struct Solution {
  /// Packets a second leaving each of the model's sources, and together.
  std::vector<double> sources;
  double total_pps = 0;
  /// Which bound holds each source; absent where none does.
  std::vector<std::optional<std::size_t>> held_by;
  /// The one whose removal would bring most.
  std::optional<std::size_t> root;
};

class CapacityModel {
 public:
  CapacityModel(const graph::Graph& graph, const Measured& measured, const Machine& machine,
                const std::vector<tuning::Place>& places);

  /// The same with a change made.
  CapacityModel with(const Change& change) const;
  /// Raises all sources in their measured proportions until a bound binds, holds the sources that
  /// it limits, and goes on with the rest.
  Solution solve() const;
  /// The same if one bound were none; the root is not looked for.
  Solution solve_without(std::size_t bound) const { return fill(bound); }

  const std::vector<Bound>& bounds() const noexcept { return bounds_; }
  /// Processes without a connected in port that have not ended.
  const std::vector<std::size_t>& sources() const noexcept { return sources_; }
  /// What leaves each source now, where it is held by a bound: as much of what is possible as is
  /// in use of that bound. What a source sent in a few seconds would say less: it fills a queue,
  /// rests until that is half empty, and fills it again.
  std::vector<double> present(const Solution& solution) const;

 private:
  void add(Bound::What what, std::size_t index, double capacity, double used,
           std::vector<double> takes);
  void add_sources(const Measured& measured, const std::vector<tuning::Place>& places);
  void add_processes(const Measured& measured, const std::vector<tuning::Place>& places);
  void add_shared(const Measured& measured, const Machine& machine);
  Solution fill(std::optional<std::size_t> without) const;
  void scale_service(std::size_t process, double factor);

  std::vector<std::size_t> sources_;
  // Packets a second of each: in what proportions they grow.
  std::vector<double> measured_;
  // By source, by process.
  std::vector<std::vector<double>> visits_;
  // By process: seconds of a processor, and of a unit.
  std::vector<double> busy_s_;
  std::vector<double> service_s_;
  std::vector<Bound> bounds_;
  // Processors of the machine: more workers than that bring nothing.
  double cores_;
};

}  // namespace weir::diagnosis
