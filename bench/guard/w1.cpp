// W1 (three hops) on one thread with virtual time, so that the same instructions are executed in
// every run: guard_w1 PACKETS. bench/guard/check.py counts them.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "graph/load.hpp"
#include "runtime/network.hpp"
#include "scheduler/virtual_executor.hpp"
#include "weir/registry.hpp"

namespace {

constexpr const char* graph_text = R"(name: w1
processes:
  generate: {component: core/generate, config: {count: %s}}
  pass1: {component: core/pass}
  pass2: {component: core/pass}
  discard: {component: core/discard}
connections:
  - generate -> pass1 -> pass2 -> discard
)";

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: guard_w1 PACKETS\n", stderr);
    return 2;
  }
  char text[1024];
  std::snprintf(text, sizeof text, graph_text, argv[1]);
  const weir::graph::Loaded loaded =
      weir::graph::load(text, "w1", weir::Registry::builtin(), {}, {});
  if (!loaded.graph) return 1;
  weir::scheduler::VirtualExecutor executor(1);
  weir::runtime::Network network(*loaded.graph, executor);
  network.start();
  executor.run(UINT64_MAX);
  const weir::runtime::NetworkSnapshot end = network.snapshot();
  std::printf("%llu\n", static_cast<unsigned long long>(end.processes.back().in));
  return network.finished() ? 0 : 1;
}
