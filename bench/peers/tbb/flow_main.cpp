// The peer of weir as a oneTBB flow graph.

#include <oneapi/tbb/global_control.h>

#include <atomic>
#include <thread>

#include "../common/pacer.hpp"
#include "flow_graph.hpp"

namespace {

void build(peers::FlowGraph& graph, const peers::Options& options) {
  if (options.workload == "chain" || options.workload == "latency") {
    for (unsigned i = 1; i < options.hops; ++i) graph.add_pass();
  } else if (options.workload == "fan") {
    graph.add_work(options.hops, peers::fan_spin);
  } else if (options.workload == "skew") {
    for (const auto time : peers::skew_spins) graph.add_work(peers::flow::serial, time);
  } else {
    peers::refuse("tbb_flow does the workloads chain, fan, skew and latency");
  }
  graph.add_sink();
}

void send_at_rate(peers::FlowGraph& graph, const std::atomic<bool>& stop) {
  const peers::Pacer pacer;
  while (!stop.load(std::memory_order_relaxed)) {
    const auto due = pacer.due(graph.sent());
    std::this_thread::sleep_until(due);
    graph.send({peers::number_kind, graph.sent(), due.time_since_epoch()});
  }
  graph.wait();
}

}  // namespace

int main(int argc, char** argv) {
  const peers::Options options = peers::parse(argc, argv);
  const bool paced = options.workload == "latency";
  const oneapi::tbb::global_control threads(oneapi::tbb::global_control::max_allowed_parallelism,
                                            options.threads + (paced ? 1 : 0));
  peers::SinkCount count;
  peers::Latencies latencies(paced ? peers::most_samples(options.seconds) : 0);
  peers::FlowGraph graph(peers::capacity, count, paced ? &latencies : nullptr);
  build(graph, options);
  std::atomic<bool> stop{false};
  std::thread runner([&] { paced ? send_at_rate(graph, stop) : graph.run(); });
  const peers::Measured measured = peers::measure(count, options.seconds, &latencies);
  stop.store(true, std::memory_order_relaxed);
  graph.stop();
  runner.join();
  return peers::report(measured, graph.sent(), count.value(), paced ? &latencies : nullptr);
}
