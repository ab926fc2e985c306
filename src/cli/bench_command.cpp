#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>

#include "cli/commands.hpp"
#include "cli/ending.hpp"
#include "cli/measurement.hpp"
#include "cli/supervisor.hpp"
#include "cli/version.hpp"
#include "cli/watch.hpp"
#include "diagnosis/words.hpp"
#include "http/report_route.hpp"
#include "os/cpus.hpp"
#include "os/descriptors.hpp"
#include "os/start.hpp"
#include "runtime/errors.hpp"

namespace weir::cli {

namespace {

using Clock = std::chrono::steady_clock;

std::string begin_text(const graph::Graph& graph, const BenchOptions& options, unsigned workers) {
  return fmt::format("weir {} measures {} ({}) on {} worker{} for {}; Ctrl-C ends that early\n",
                     version, graph.name, graph.file == "-" ? "standard input" : graph.file,
                     workers, workers == 1 ? "" : "s", format_duration(options.run_for));
}

/// Runs a checked graph, whose file took `load` to read and check.
int measure(const BenchOptions& options, const std::shared_ptr<const graph::Graph>& shared,
            Duration load, os::SignalQueue& signals) {
  const graph::Graph& graph = *shared;
  const unsigned workers = options.workers.value_or(graph.workers.value_or(os::usable_cpus()));
  const auto executor = make_executor(workers);
  const Clock::time_point begin = Clock::now();
  runtime::Network network(shared, *executor);
  Duration start = Clock::now() - begin;
  set_memory_budget(network);

  tuning::DecisionLog decisions;
  Watch watch(network, graph, *executor, decisions);

  int printed = exit_done;
  Measurement measurement(network);
  const Clock::time_point start_begin = Clock::now();
  const auto tell = [&] {
    BenchResult result = measurement.result();
    result.load = load;
    result.start = start;
    const diagnosis::Report report = watch.reporter().last_report();
    result.report_text = diagnosis::in_words(report);
    result.report_json = http::report_json(report);
    printed = print(options.json ? to_json(result) : to_text(result));
    tell_failure(network.snapshot());
  };
  SupervisorOptions supervision{.drain_timeout = options.drain_timeout};
  supervision.run_for = options.run_for;
  supervision.tick = Measurement::tick_every;
  supervision.on_started = [&] {
    start += Clock::now() - start_begin;
    say(begin_text(graph, options, workers));
  };
  supervision.on_tick = [&] { measurement.tick(); };
  supervision.on_stopping = [&] { measurement.stop(); };
  supervision.on_ended = tell;
  os::ServiceManager manager;
  Supervisor supervisor(network, signals, manager, std::move(supervision));
  const int code = conclude(supervisor.run(), supervisor, network, tell);
  return code == exit_done ? printed : code;
}

}  // namespace

int bench_command(const BenchOptions& options) {
  set_up_logging({});
  const Clock::time_point begin = Clock::now();
  graph::Loaded loaded = load_graph(options.graph, options.overrides);
  const Duration load = Clock::now() - begin;
  print_problems(loaded.problems, options.graph);
  if (!loaded.graph) return exit_usage;
  const auto graph = std::make_shared<const graph::Graph>(std::move(*loaded.graph));
  os::ignore_write_signals();
  os::raise_descriptor_limit();
  try {
    os::SignalQueue signals(os::run_signals);
    return measure(options, graph, load, signals);
  } catch (const std::exception& error) {
    spdlog::error("{}", runtime::words_of(error));
    return exit_failed;
  }
}

}  // namespace weir::cli
