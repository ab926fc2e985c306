#include "cli/main.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.hpp"
#include "cli/version.hpp"
#include "os/start.hpp"
#include "weir/advice.hpp"

namespace weir::cli {

namespace {

/// What the chosen command does.
using Action = std::function<int()>;

int usage_error(std::string_view text) {
  fmt::print(stderr, "weir: {}\nRun \"weir --help\" for the commands and their options.\n", text);
  return exit_usage;
}

void add_duration(CLI::App& command, const std::string& name, const std::string& doc,
                  Duration& into) {
  const auto read = [&into, name](const std::string& text) {
    constexpr Duration most = std::chrono::hours(24 * 365);
    const std::optional<Duration> value = parse_duration(text);
    if (!value || *value > most) {
      throw CLI::ValidationError(name, "write a duration such as 10s or 500ms, at most 365d");
    }
    into = *value;
  };
  command.add_option_function<std::string>(name, read, doc)->type_name("DURATION");
}

graph::Override check_override(const std::string& text) {
  std::optional<graph::Override> value = graph::parse_override(text);
  if (!value) {
    throw CLI::ValidationError(
        "--set", fmt::format("{} is not of the form process.option=value", quote(text)));
  }
  return std::move(*value);
}

/// What the commands that run a graph have in common.
template <class Options>
void add_graph_options(CLI::App& command, Options& options) {
  command.add_option("GRAPH", options.graph, "The graph file; - for standard input")->required();
  command
      .add_option_function<std::vector<std::string>>(
          "--set",
          [&options](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) options.overrides.push_back(check_override(text));
          },
          "Set an option of a process, as process.option=value (may be repeated)")
      ->type_name("P.OPTION=VALUE")
      ->allow_extra_args(false);
  command
      .add_option("--workers", options.workers, "Worker threads; default: the usable processors")
      ->check(CLI::Range(1U, 1024U));
  add_duration(command, "--drain-timeout",
               "How long a stop may take to finish what is in flight; default 10s",
               options.drain_timeout);
}

void add_run(CLI::App& app, RunOptions& options, Action& action) {
  CLI::App* run =
      app.add_subcommand("run", "Run a graph until its sources have ended, or a signal");
  add_graph_options(*run, options);
  run->add_option("--listen", options.listen,
                  "Address of the admin page, API and metrics: host:port, [::1]:port, or :port for "
                  "every address; port 0 takes a free one; default 127.0.0.1:7070")
      ->type_name("ADDR");
  run->add_option("--admin-token-file", options.admin_token_file,
                  "File with the token that other machines must send to see more than metrics and "
                  "health")
      ->type_name("FILE");
  run->add_flag("--stay", options.stay, "Go on serving HTTP after the graph has ended");
  run->add_option("--log-format", options.log.format, "text or json; default text")
      ->check(CLI::IsMember({"text", "json"}));
  run->add_option("--log-level", options.log.level, "debug, info, warn, error or off; default info")
      ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}));
  run->callback([&] { action = [&options] { return run_command(options); }; });
}

void add_bench(CLI::App& app, BenchOptions& options, Action& action) {
  CLI::App* bench = app.add_subcommand("bench", "Run a graph for a while and say how fast it is");
  add_graph_options(*bench, options);
  add_duration(*bench, "--for", "How long it runs if it does not end before; default 10s",
               options.run_for);
  bench->add_flag("--json", options.json, "The figures as one line of JSON");
  bench->callback([&] { action = [&options] { return bench_command(options); }; });
}

/// What the commands that ask a running weir have in common.
void add_client_options(CLI::App& command, ClientOptions& options) {
  command.add_option("--url", options.url, "Where weir serves HTTP; default http://127.0.0.1:7070")
      ->type_name("URL");
  command
      .add_option("--token-file", options.token_file,
                  "File with the token of an address that is not for its own machine alone")
      ->type_name("FILE");
}

void add_report(CLI::App& app, ReportOptions& options, Action& action) {
  CLI::App* report =
      app.add_subcommand("report", "Ask a running weir what limits its graph, and what would help");
  add_client_options(*report, options.client);
  report
      ->add_option("--if", options.changes,
                   "As it would be with parse.concurrency=4, write.service=-50%, ask.rate=2000/s, "
                   "db.max=20 or workers=4 (may be repeated)")
      ->type_name("CHANGE")
      ->allow_extra_args(false);
  report
      ->add_flag("--verify", options.verify,
                 "Make the change that promises most, measure, and take it back if it brings "
                 "nothing")
      ->excludes("--if");
  report->add_flag("--json", options.json, "As JSON");
  report->callback([&] { action = [&options] { return report_command(options); }; });
}

void add_tap(CLI::App& app, TapOptions& options, Action& action) {
  CLI::App* tap =
      app.add_subcommand("tap", "Show a sample of the packets that pass a port, as JSON lines");
  tap->add_option("PORT", options.port, "A port of the running graph, such as read.out or parse.in")
      ->required();
  add_client_options(*tap, options.client);
  tap->add_option("--limit", options.limit, "End after so many packets")
      ->check(CLI::PositiveNumber);
  tap->add_option("--every", options.every, "Show one in so many packets")
      ->check(CLI::PositiveNumber);
  tap->add_option(
         "--where", options.where,
         "Show packets for which this holds: FIELD, one of = != < <= > >= ~ (contains) and "
         "a value, such as status>=500; may be repeated, then all must hold")
      ->type_name("CONDITION")
      ->allow_extra_args(false);
  tap->callback([&] { action = [&options] { return tap_command(options); }; });
}

void add_top(CLI::App& app, TopOptions& options, Action& action) {
  CLI::App* top =
      app.add_subcommand("top", "Show live what a running weir does and what limits it");
  add_client_options(*top, options.client);
  top->add_flag("--once", options.once, "Print one table and end, also on a terminal");
  top->callback([&] { action = [&options] { return top_command(options); }; });
}

/// Values that the options of the smaller commands are parsed into.
struct Arguments {
  RunOptions run;
  BenchOptions bench;
  ReportOptions report;
  TapOptions tap;
  TopOptions top;
  std::vector<std::string> files;
  std::string name;
  std::string format = "dot";
  bool json = false;
};

void add_commands(CLI::App& app, Arguments& arguments, Action& action) {
  add_run(app, arguments.run, action);
  add_bench(app, arguments.bench, action);
  add_report(app, arguments.report, action);
  add_top(app, arguments.top, action);
  add_tap(app, arguments.tap, action);

  CLI::App* check = app.add_subcommand("check", "Find the mistakes in graph files; runs nothing");
  check->add_option("GRAPH", arguments.files, "The graph files; - for standard input")->required();
  check->callback([&] { action = [&] { return check_command(arguments.files); }; });

  CLI::App* components =
      app.add_subcommand("components", "List the components, or document one of them");
  components->add_option("AREA/NAME", arguments.name, "A component, such as core/filter");
  components->add_flag("--json", arguments.json, "As JSON");
  components->callback(
      [&] { action = [&] { return components_command(arguments.name, arguments.json); }; });

  CLI::App* graph = app.add_subcommand("graph", "Draw a graph");
  graph->add_option("GRAPH", arguments.name, "The graph file; - for standard input")->required();
  graph->add_option("--format", arguments.format, "dot, mermaid or json; default dot")
      ->check(CLI::IsMember({"dot", "mermaid", "json"}));
  graph->callback(
      [&] { action = [&] { return graph_command(arguments.name, arguments.format); }; });

  app.add_subcommand("schema", "Print the JSON Schema of the graph file")->callback([&] {
    action = [] { return schema_command(); };
  });

  CLI::App* docs = app.add_subcommand("docs", "Write the reference pages")->group("");
  docs->add_option("DIR", arguments.name, "The folder of the documentation")->required();
  docs->callback([&] { action = [&] { return docs_command(arguments.name); }; });
}

/// The names that a mistyped command or option may have meant.
std::vector<std::string_view> command_names(const CLI::App& app) {
  std::vector<std::string_view> names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  return names;
}

std::string unexpected(const CLI::App& app) {
  for (const CLI::App* command : app.get_subcommands()) {
    const std::vector<std::string> extras = command->remaining();
    if (extras.empty()) continue;
    std::vector<std::string> options;
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) options.push_back("--" + name);
    }
    const std::vector<std::string_view> known(options.begin(), options.end());
    const bool option = extras.front().starts_with('-');
    return fmt::format("{}: unexpected {} {}{}", command->get_name(),
                       option ? "option" : "argument", quote(extras.front()),
                       option ? suggestion(extras.front(), known) : "");
  }
  return "unexpected arguments";
}

int parse_and_run(CLI::App& app, const Action& action, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ExtrasError&) {
    return usage_error(unexpected(app));
  } catch (const CLI::ParseError& error) {
    return usage_error(error.what());
  }
  // Others than these end by a signal as programs do.
  if (!app.got_subcommand("run") && !app.got_subcommand("bench")) os::unblock_run_signals();
  return action();
}

}  // namespace

int run_main(int argc, char** argv) {
  CLI::App app("weir runs a flow graph and shows how it flows.", "weir");
  app.set_version_flag("--version", fmt::format("weir {} ({})", version, commit));
  app.require_subcommand(0, 1);
  Arguments arguments;
  Action action = [&app] {
    fmt::print(stderr, "{}", app.help());
    return exit_usage;
  };
  add_commands(app, arguments, action);
  if (argc > 1 && argv[1][0] != '-') {
    const std::vector<std::string_view> names = command_names(app);
    const auto& all = app.get_subcommands(nullptr);
    const bool known = std::ranges::any_of(
        all, [&](const CLI::App* command) { return command->check_name(argv[1]); });
    if (!known) {
      return usage_error(
          fmt::format("there is no command {}{}", quote(argv[1]), suggestion(argv[1], names)));
    }
  }
  return parse_and_run(app, action, argc, argv);
}

}  // namespace weir::cli
