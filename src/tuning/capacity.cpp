#include "tuning/capacity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "graph/cycles.hpp"

namespace weir::tuning {
namespace {

using runtime::ConnectionFigures;
using runtime::NetworkFigures;

constexpr std::uint32_t largest = 65'536;
// What the runtime takes at a time: see Lane.
constexpr double batch_s = 100e-6;
constexpr double batch_most = 256;
// Of the time, in longer gaps than the law provides for.
constexpr double rare = 0.01;
constexpr double rest_s = 2;
// A packet's cell and its places in the queue.
constexpr double packet_bytes = 80;
// Of the memory, for what is queued at full capacities.
constexpr double queued_share = 0.5;

// How many packets a unit claims at a time.
double claim_of(const ProcessRates& process) {
  const auto service_s = process.service_s();
  if (!service_s || *service_s <= 0) return 1;
  return std::clamp(batch_s / *service_s, 1.0, batch_most);
}

}  // namespace

Capacities::Capacities(const graph::Graph& graph, const std::vector<Place>& places,
                       std::uint64_t memory, double tick_s)
    : places_(places),
      memory_(static_cast<double>(memory)),
      ticks_of_rest_(ticks_in(rest_s, tick_s)) {
  const std::vector<std::size_t> cycle = graph::strong_components(graph);
  for (std::size_t i = 0; i < graph.connections.size(); ++i) {
    const graph::ConnectionModel& model = graph.connections[i];
    // Inside a cycle a capacity does not hold its producer; it is the measure of what comes in.
    const bool in_cycle = cycle[model.from.process] == cycle[model.to.process];
    if (model.capacity.fixed || in_cycle) continue;
    Sized sized(tick_s);
    sized.connection = i;
    sized.producer = model.from.process;
    sized.consumer = model.to.process;
    const unsigned least_input = graph.processes[sized.consumer].component->least_input;
    sized.bounds.least = std::max({1U, model.capacity.min.value_or(1), least_input});
    sized.bounds.most = std::max(sized.bounds.least, model.capacity.max.value_or(largest));
    sized_.push_back(sized);
  }
}

Flow Capacities::flow_of(const Sized& sized, const History& history, const Rates& last,
                         double spare) const {
  const NetworkFigures& now = history.at(0);
  const NetworkFigures& before = history.at(1);
  const NetworkFigures& oldest = history.at(History::most);
  const double window_s = std::chrono::duration<double>(now.at - oldest.at).count();
  const ProcessRates& producer = last.processes[sized.producer];
  const ProcessRates& consumer = last.processes[sized.consumer];
  const auto gap = [&](std::size_t process, unsigned units) {
    return long_gap_s(oldest.processes[process].gaps, now.processes[process].gaps, window_s, rare,
                      units);
  };
  const auto since = [&](std::size_t connection, std::uint64_t ConnectionFigures::*total) {
    return static_cast<double>(now.connections[connection].*total -
                               before.connections[connection].*total);
  };
  // The producer rests because of whichever of its connections is full.
  double held = 0;
  for (const std::size_t output : places_[sized.producer].outputs) {
    held += since(output, &ConnectionFigures::holds);
  }
  const double here = since(sized.connection, &ConnectionFigures::holds);
  Flow flow;
  flow.packets_pps = since(sized.connection, &ConnectionFigures::put) / last.seconds;
  flow.consumer_gap_s = gap(sized.consumer, consumer.concurrency);
  flow.producer_gap_s = gap(sized.producer, producer.concurrency);
  // Of several units only those that tried know that an output is full, and those that have not
  // enough to do count as starved though packets wait: what one whole unit lacks is lacking.
  if (held > 0) flow.blocked = std::min(1.0, producer.blocked) * here / held;
  // One unit with one input starves only while that is empty.
  const bool empty = (consumer.concurrency == 1 && places_[sized.consumer].inputs.size() == 1) ||
                     now.connections[sized.connection].length <= claim_of(consumer);
  flow.starved = empty ? std::min(1.0, consumer.starved) : 0;
  flow.spare = std::clamp(spare, 0.0, 1.0);
  return flow;
}

// Bytes that would be queued if all were full.
double Capacities::queued_most(const History& history) const {
  double bytes = 0;
  for (const Sized& sized : sized_) {
    bytes += history.at(0).connections[sized.connection].capacity * sized.bytes_each;
  }
  return bytes;
}

std::vector<SizeChange> Capacities::plan(const History& history, const Rates& last, double spare) {
  std::vector<SizeChange> changes;
  double free = memory_ > 0 ? queued_share * memory_ - queued_most(history) : 1e18;
  for (Sized& sized : sized_) {
    const ConnectionFigures& figures = history.at(0).connections[sized.connection];
    const std::uint64_t put_before = history.at(1).connections[sized.connection].put;
    if (figures.put == put_before && figures.length == 0) continue;
    const ProcessRates& consumer = last.processes[sized.consumer];
    Flow flow = flow_of(sized, history, last, spare);
    flow.claims = 2 * claim_of(consumer) * consumer.concurrency;
    if (figures.length != 0) {
      sized.bytes_each =
          packet_bytes + static_cast<double>(figures.bytes) / static_cast<double>(figures.length);
    }
    auto size = sized.law.next(figures.capacity, flow, sized.bounds);
    if (!size) continue;
    if (*size > figures.capacity && sized.bytes_each > 0) {
      const double more =
          std::min<double>(*size - figures.capacity, std::max(0.0, free / sized.bytes_each));
      *size = figures.capacity + static_cast<std::uint32_t>(more);
      free -= more * sized.bytes_each;
    }
    if (*size == figures.capacity) continue;
    if (sized.first == 0) {
      sized.first = figures.capacity;
      sized.first_pps = consumer.handled_pps;
      sized.first_loss = sized.law.loss();
    }
    sized.last = *size;
    sized.rests = 0;
    changes.push_back({sized.connection, figures.capacity, *size});
  }
  return changes;
}

std::vector<SizeOutcome> Capacities::settled(const Rates& rates) {
  std::vector<SizeOutcome> outcomes;
  for (Sized& sized : sized_) {
    if (sized.first == 0 || ++sized.rests < ticks_of_rest_) continue;
    if (sized.first != sized.last) {
      SizeOutcome outcome;
      outcome.change = {sized.connection, sized.first, sized.last};
      outcome.measured_pps = rates.processes[sized.consumer].handled_pps;
      if (sized.last > sized.first) {
        outcome.why = fmt::format(
            "{:.1f}% of the time both ends were held up by turns with a worker idle; "
            "throughput x latency asks for {}",
            100 * sized.first_loss, sized.law.optimal());
        outcome.predicted_pps = sized.first_pps / std::max(0.1, 1 - sized.first_loss);
      } else {
        outcome.why =
            fmt::format("throughput x latency asks for {}, and neither end waits for room",
                        sized.law.optimal());
      }
      outcomes.push_back(std::move(outcome));
    }
    sized.first = 0;
  }
  return outcomes;
}

}  // namespace weir::tuning
