#include "tuning/rates.hpp"

#include <algorithm>
#include <chrono>

#include "runtime/network.hpp"
#include "weir/config.hpp"

namespace weir::tuning {

using runtime::NetworkFigures;
using runtime::ProcessFigures;
using runtime::UnitState;

std::vector<Place> places_of(const graph::Graph& graph, unsigned most) {
  std::vector<Place> places(graph.processes.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    const graph::Concurrency& asked = graph.processes[i].concurrency;
    Place& place = places[i];
    place.source = true;
    if (graph.processes[i].rate) place.rate_pps = graph.processes[i].rate->per_second;
    place.may_share = runtime::may_share(graph.processes[i]);
    if (!place.may_share) continue;
    place.least = asked.least();
    place.most = asked.fixed.value_or(std::max(place.least, asked.max.value_or(most)));
  }
  for (std::size_t i = 0; i < graph.connections.size(); ++i) {
    Place& consumer = places[graph.connections[i].to.process];
    consumer.source = false;
    consumer.inputs.push_back(i);
    places[graph.connections[i].from.process].outputs.push_back(i);
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    const ComponentSpec& component = *graph.processes[i].component;
    if (!places[i].source || component.pace == nullptr) continue;
    places[i].pace_pps = component.pace(Config(component, graph.processes[i].config));
  }
  return places;
}

Rates rates_between(const NetworkFigures& from, const NetworkFigures& to,
                    const std::vector<Place>& places) {
  Rates rates;
  rates.seconds = std::chrono::duration<double>(to.at - from.at).count();
  rates.processes.resize(places.size());
  if (rates.seconds <= 0) return rates;
  const auto rate = [&](std::uint64_t before, std::uint64_t after) {
    return after > before ? static_cast<double>(after - before) / rates.seconds : 0;
  };
  for (std::size_t i = 0; i < places.size(); ++i) {
    const ProcessFigures& a = from.processes[i];
    const ProcessFigures& b = to.processes[i];
    ProcessRates& process = rates.processes[i];
    const auto units = [&](UnitState state) {
      const auto at = static_cast<std::size_t>(state);
      return 1e-9 * rate(a.time_ns[at], b.time_ns[at]);
    };
    process.handled_pps = places[i].source ? rate(a.out, b.out) : rate(a.in, b.in);
    process.busy = units(UnitState::busy);
    process.waiting = units(UnitState::waiting);
    process.starved = units(UnitState::starved);
    process.blocked = units(UnitState::blocked);
    process.ready = units(UnitState::ready);
    process.concurrency = b.concurrency;
    if (process.handled_pps > 0) process.errors = rate(a.errors, b.errors) / process.handled_pps;
    for (const std::size_t input : places[i].inputs) {
      process.arrivals_pps += rate(from.connections[input].put, to.connections[input].put);
      process.backlog += static_cast<double>(to.connections[input].length);
    }
    rates.busy += process.busy;
    if (places[i].source && !b.ended) {
      rates.source_pps += process.handled_pps;
      rates.held_back = std::max(rates.held_back, process.blocked);
    }
  }
  return rates;
}

}  // namespace weir::tuning
