// The commands, one source each (<name>_command.cpp). Each answers the exit code; results go to
// standard output, messages to standard error.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/client.hpp"
#include "cli/logging.hpp"
#include "graph/load.hpp"
#include "runtime/network.hpp"
#include "scheduler/executor.hpp"
#include "weir/units.hpp"

namespace weir::cli {

inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;

struct RunOptions {
  std::string graph;
  std::vector<graph::Override> overrides;
  /// The graph file's or the processors that weir may use if not given.
  std::optional<unsigned> workers;
  /// The graph file's or 127.0.0.1:7070 if not given.
  std::optional<std::string> listen;
  std::optional<std::string> admin_token_file;
  Duration drain_timeout = std::chrono::seconds(10);
  bool stay = false;
  LogOptions log;
};

struct BenchOptions {
  std::string graph;
  std::vector<graph::Override> overrides;
  /// As in RunOptions.
  std::optional<unsigned> workers;
  /// How long it runs if it does not end before.
  Duration run_for = std::chrono::seconds(10);
  Duration drain_timeout = std::chrono::seconds(10);
  bool json = false;
};

struct ReportOptions {
  ClientOptions client;
  /// What-ifs, as written after --if.
  std::vector<std::string> changes;
  bool verify = false;
  bool json = false;
};

struct TapOptions {
  ClientOptions client;
  std::string port;
  /// Ends after so many packets.
  std::optional<std::uint64_t> limit;
  /// Shows one in so many.
  std::optional<std::uint64_t> every;
  /// Conditions (see runtime/tap_filter.hpp), all of which must hold.
  std::vector<std::string> where;
};

struct TopOptions {
  ClientOptions client;
  /// Print one table and end, also on a terminal.
  bool once = false;
};

int run_command(const RunOptions& options);
int bench_command(const BenchOptions& options);
/// Asks a running weir what limits it.
int report_command(const ReportOptions& options);
/// Packets that pass a port of a running weir, as JSON lines.
int tap_command(const TapOptions& options);
/// A table of the processes of a running weir, live on a terminal.
int top_command(const TopOptions& options);
int check_command(const std::vector<std::string>& files);
/// Lists all components, or documents the one with this name.
int components_command(const std::string& name, bool json);
/// `format`: dot, mermaid or json.
int graph_command(const std::string& file, const std::string& format);
int schema_command();
/// Writes the reference pages below `folder`.
int docs_command(const std::string& folder);

/// Loads a graph file ("-": standard input) with all components, against the environment and the
/// memory of this program.
graph::Loaded load_graph(const std::string& file,
                         const std::vector<graph::Override>& overrides = {});
/// Gives the network the memory budget of this program: three quarters of what it may use, unless
/// the graph sets one that can be held here.
void set_memory_budget(runtime::Network& network);
/// The pool of workers, which tells in the log what a handler throws. Throws std::system_error.
std::unique_ptr<scheduler::Executor> make_executor(unsigned workers);
/// Writes to standard output; 1 with a message if that fails.
int print(std::string_view text);
/// Prints problems to standard error, one a line.
void print_problems(const Problems& problems, const std::string& file);

}  // namespace weir::cli
