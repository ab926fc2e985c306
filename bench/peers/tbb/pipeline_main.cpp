// The peer of weir as a oneTBB pipeline.

#include <oneapi/tbb/global_control.h>

#include <thread>

#include "pipeline.hpp"

namespace {

void build(peers::Pipeline& pipeline, const peers::Options& options) {
  if (options.workload == "chain") {
    for (unsigned i = 1; i < options.hops; ++i) pipeline.add_pass();
  } else if (options.workload == "fan") {
    pipeline.add_work(true, peers::fan_spin);
  } else if (options.workload == "skew") {
    for (const auto time : peers::skew_spins) pipeline.add_work(false, time);
  } else {
    peers::refuse("tbb_pipeline does the workloads chain, fan and skew");
  }
}

}  // namespace

int main(int argc, char** argv) {
  const peers::Options options = peers::parse(argc, argv);
  const oneapi::tbb::global_control threads(oneapi::tbb::global_control::max_allowed_parallelism,
                                            options.threads);
  peers::SinkCount count;
  peers::Pipeline pipeline(peers::capacity, count);
  build(pipeline, options);
  std::thread runner([&] { pipeline.run(); });
  const peers::Measured measured = peers::measure(count, options.seconds);
  pipeline.stop();
  runner.join();
  return peers::report(measured, pipeline.sent(), count.value());
}
