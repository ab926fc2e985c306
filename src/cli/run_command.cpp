#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "cli/commands.hpp"
#include "cli/ending.hpp"
#include "cli/summary.hpp"
#include "cli/supervisor.hpp"
#include "cli/version.hpp"
#include "cli/watch.hpp"
#include "diagnosis/words.hpp"
#include "http/admin.hpp"
#include "os/cpus.hpp"
#include "os/descriptors.hpp"
#include "os/heap.hpp"
#include "os/memory.hpp"
#include "os/start.hpp"
#include "runtime/errors.hpp"
#include "weir/outputs.hpp"

namespace weir::cli {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view default_listen = "127.0.0.1:7070";

double now_s() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

metrics::Program program_figures(double start_time_s, const tuning::DecisionLog& decisions) {
  return {version,
          commit,
          start_time_s,
          os::resident_bytes(),
          decisions.decisions(),
          decisions.probes(),
          os::heap_bytes()};
}

http::ServerOptions server_options(const RunOptions& options, const graph::Graph& graph) {
  http::ServerOptions server;
  const std::string text =
      options.listen.value_or(graph.admin_listen.value_or(std::string(default_listen)));
  server.listen = net::parse_listen(text);
  // In all less than a quarter of the descriptors that the graph's own clients leave.
  const std::size_t kept = os::descriptors_kept();
  server.connections_max = std::clamp<std::size_t>(kept / 8, 4, server.connections_max);
  server.spare_connections_max =
      std::clamp<std::size_t>(kept / 32, 1, server.spare_connections_max);
  server.websockets_max = std::clamp<std::size_t>(kept / 16, 2, server.websockets_max);
  return server;
}

http::AccessRules access_rules(const RunOptions& options, const graph::Graph& graph) {
  http::AccessRules rules;
  rules.hosts = graph.admin_hosts;
  if (options.admin_token_file) {
    rules.token = http::read_token(*options.admin_token_file);
    const std::string warning = http::token_file_warning(*options.admin_token_file);
    if (!warning.empty()) spdlog::warn("{}", warning);
  }
  return rules;
}

void tell_exposure(const http::Access& access, bool token) {
  if (access.exposed() && !token) {
    spdlog::warn(
        "the admin address can be reached by other machines and has no token: only "
        "/metrics, /livez and /readyz answer; see --admin-token-file");
  } else if (!access.exposed() && token) {
    spdlog::info("the admin address is for this machine alone, where no token is asked for");
  }
}

void tell_descriptor_limit(const os::DescriptorLimit& limit) {
  if (limit.now == limit.before) return;
  spdlog::info("the limit on open files was {} and is {} now, the hard limit", limit.before,
               limit.now);
}

int failed(std::string_view text) {
  spdlog::error("{}", text);
  return exit_failed;
}

/// Lines as those of `weir check`, or messages where every line must be JSON.
void tell_problems(const Problems& problems, const RunOptions& options) {
  if (options.log.format != "json") return print_problems(problems, options.graph);
  for (const Problem& problem : problems.list()) {
    spdlog::log(problem.warning ? spdlog::level::warn : spdlog::level::err, "{}",
                graph::format(problem, options.graph));
  }
}

/// The closing table, what limited it, and what went wrong.
void tell_end(const runtime::NetworkSnapshot& end, Duration took,
              const diagnosis::Reporter& reporter) {
  say(summary(end, took));
  const diagnosis::Report report = reporter.last_report();
  if (report.limit) say(diagnosis::verdict(report) + '\n');
  tell_failure(end);
}

/// Runs a checked graph. The signals were taken over before.
int run_graph(const RunOptions& options, const std::shared_ptr<const graph::Graph>& shared,
              const http::ServerOptions& listen, http::AccessRules rules,
              os::SignalQueue& signals) {
  const graph::Graph& graph = *shared;
  const Clock::time_point begin = Clock::now();
  const double start_time_s = now_s();
  const unsigned workers = options.workers.value_or(graph.workers.value_or(os::usable_cpus()));
  // Before the network, so that a port in use is found before a file is touched.
  auto bound = std::make_unique<http::Server>(listen);
  rules.listen_host = listen.listen.host;
  rules.bound_address = bound->address();
  rules.bound_port = bound->port();
  tell_exposure(http::Access(rules), rules.token.has_value());

  const std::string url = local_url(bound->address(), bound->port());
  const auto executor = make_executor(workers);
  runtime::Network network(shared, *executor);
  set_memory_budget(network);
  tuning::DecisionLog decisions;
  Watch watch(network, graph, *executor, decisions);
  os::ServiceManager manager;
  SupervisorOptions supervision{.drain_timeout = options.drain_timeout, .stay = options.stay};
  supervision.on_started = [&] {
    say(banner(graph, url, workers));
    say("ready; Ctrl-C drains and stops\n");
  };
  supervision.on_reopen = reopen_outputs;
  supervision.on_ended = [&] {
    tell_end(network.snapshot(), Clock::now() - begin, watch.reporter());
    if (options.stay) say("the graph has ended; HTTP is served until Ctrl-C\n");
  };
  Supervisor supervisor(network, signals, manager, std::move(supervision));
  // Declared last, so that it stops before what it reads is destroyed.
  const std::unique_ptr<http::Server> server = std::move(bound);
  http::AdminSources sources{[&] { return network.snapshot(); },
                             [&] { return program_figures(start_time_s, decisions); },
                             [&] { return supervisor.stuck(); },
                             [&] { return decisions.read(); },
                             os::heap_profile,
                             &watch.reporter(),
                             [&] { return network.graph().first; }};
  sources.stuck_process = [&] { return network.stuck(); };
  sources.tap = [&](const runtime::TapRequest& request) { return network.tap(request); };
  server->start(http::make_admin(std::move(sources), std::move(rules)));
  return conclude(supervisor.run(), supervisor, network,
                  [&] { tell_end(network.snapshot(), Clock::now() - begin, watch.reporter()); });
}

}  // namespace

int run_command(const RunOptions& options) {
  set_up_logging(options.log);
  graph::Loaded loaded = load_graph(options.graph, options.overrides);
  tell_problems(loaded.problems, options);
  if (!loaded.graph) return exit_usage;
  const auto graph = std::make_shared<const graph::Graph>(std::move(*loaded.graph));
  tell_descriptor_limit(os::raise_descriptor_limit());
  http::ServerOptions listen;
  http::AccessRules rules;
  try {
    listen = server_options(options, *graph);
    rules = access_rules(options, *graph);
    static_cast<void>(http::Access(rules));
  } catch (const std::exception& error) {
    spdlog::error("{}", error.what());
    return exit_usage;
  }
  os::ignore_write_signals();
  try {
    os::SignalQueue signals(os::run_signals);
    return run_graph(options, graph, listen, std::move(rules), signals);
  } catch (const std::exception& error) {
    return failed(runtime::words_of(error));
  }
}

}  // namespace weir::cli
