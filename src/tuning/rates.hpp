// Rates of a network between two readings of its figures.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "graph/model.hpp"
#include "runtime/figures.hpp"

namespace weir::tuning {

/// What the graph says of a process, as far as tuning is concerned.
struct Place {
  bool source = false;
  /// Several units of it may work at once.
  bool may_share = false;
  /// Bounds of its concurrency; equal where there is no choice.
  unsigned least = 1;
  unsigned most = 1;
  /// Packets a second that it may take in; 0 for no limit.
  double rate_pps = 0;
  /// Packets a second that a source sends at most by itself; 0 where that is not known.
  double pace_pps = 0;
  /// Connections by index in the graph.
  std::vector<std::size_t> inputs;
  std::vector<std::size_t> outputs;
};

/// In the order of the graph. `most` is what `auto` may reach where the graph sets no bound.
std::vector<Place> places_of(const graph::Graph& graph, unsigned most);

struct ProcessRates {
  /// Packets a second taken in; of a source, sent.
  double handled_pps = 0;
  /// Packets a second put into its inputs.
  double arrivals_pps = 0;
  /// Packets that wait in its inputs at the end.
  double backlog = 0;
  /// Units of concurrency in each state, on average: seconds a second.
  double busy = 0;
  double waiting = 0;
  double starved = 0;
  double blocked = 0;
  double ready = 0;
  /// Errors per packet.
  double errors = 0;
  unsigned concurrency = 1;

  double used() const noexcept { return busy + waiting; }
  /// Units that have work, though some wait for a worker: what another packet cannot have.
  double occupied() const noexcept { return used() + ready; }
  /// Seconds of a unit per packet; absent if none was handled.
  std::optional<double> service_s() const noexcept {
    if (handled_pps <= 0) return {};
    return used() / handled_pps;
  }
};

struct Rates {
  double seconds = 0;
  std::vector<ProcessRates> processes;
  /// Packets a second leaving the sources.
  double source_pps = 0;
  /// The largest share of its time for which a source was held back by what comes after it.
  double held_back = 0;
  /// Workers busy, on average.
  double busy = 0;
};

/// Both readings are of the same generation, `from` the earlier.
Rates rates_between(const runtime::NetworkFigures& from, const runtime::NetworkFigures& to,
                    const std::vector<Place>& places);

}  // namespace weir::tuning
