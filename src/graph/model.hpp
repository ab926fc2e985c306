// The checked model of a graph: what loading produces and what a network is made of. Plain data;
// everything in it has been validated against the component specs, so a network need not check
// again.
#pragma once

#include <climits>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "weir/resource.hpp"
#include "weir/setting.hpp"
#include "weir/spec.hpp"
#include "weir/units.hpp"

namespace weir::graph {

enum class OnError : std::uint8_t { route, drop, stop };
enum class Order : std::uint8_t { keep, any };
/// What a connection does with packets beyond its capacity and overflow.
enum class Then : std::uint8_t { block, drop_oldest, drop_newest, fail };

/// An initial information packet: the value that arrives first on an in port.
struct Initial {
  unsigned port = 0;
  unsigned element = 0;
  Setting value;
};

/// How many packets a process may handle at once; `auto` leaves `fixed` empty and may bound the
/// choice.
struct Concurrency {
  std::optional<unsigned> fixed;
  std::optional<unsigned> min;
  std::optional<unsigned> max;

  /// What the process has at all times.
  unsigned least() const noexcept { return fixed.value_or(min.value_or(1)); }
  unsigned most() const noexcept { return fixed.value_or(max.value_or(UINT_MAX)); }
};

/// How many packets a process takes in (a source: sends): in the long run, and at once after a
/// pause.
struct Rate {
  double per_second = 0;
  std::uint64_t burst = 1;
  bool operator==(const Rate&) const = default;
};

struct ProcessModel {
  std::string name;
  Location at;
  const ComponentSpec* component = nullptr;
  /// The `config` map as written; null if there is none.
  Setting config;
  OnError on_error = OnError::route;
  Order order = Order::keep;
  Concurrency concurrency;
  /// How long a packet may be waited for outside.
  std::optional<Duration> timeout;
  /// Nothing limits it unless set.
  std::optional<Rate> rate;
  std::vector<Initial> initial;
};

/// A pool of resources that processes share.
struct ResourceModel {
  std::string name;
  Location at;
  const ResourceSpec* type = nullptr;
  unsigned min = 1;
  unsigned max = 10;
  /// The `config` map as written; null if there is none.
  Setting config;
};

/// One end of a connection. For out ports, index `component->outputs.size()` is the error port.
struct Endpoint {
  std::size_t process = 0;
  unsigned port = 0;
  unsigned element = 0;
};

/// `capacity: auto` leaves `fixed` empty and may bound the choice.
struct Capacity {
  std::optional<std::uint32_t> fixed;
  std::optional<std::uint32_t> min;
  std::optional<std::uint32_t> max;
};

/// What lies beyond the capacity. With `block`, a step that is under way may always emit: the limit
/// only says when that is reported. The other policies act at capacity + limit.
struct Overflow {
  Then then = Then::block;
  /// Absent: no report with `block`, 0 with the other policies.
  std::optional<std::uint64_t> limit;
  /// The limit counts payload bytes queued beyond the capacity, at their mean size, not packets.
  bool in_bytes = false;
};

struct ConnectionModel {
  Endpoint from;
  Endpoint to;
  /// "read.out -> parse.in": what it is called in JSON and labels.
  std::string name;
  Location at;
  Capacity capacity;
  Overflow overflow;
};

/// How the network is tuned while it runs.
struct Tuning {
  bool enabled = true;
  Duration tick = std::chrono::milliseconds(100);
};

/// Above which a report names a symptom.
struct Thresholds {
  /// For a packet, in a process.
  std::optional<Duration> processing_time;
  /// Packets in a connection.
  std::optional<std::uint64_t> queue_length;
};

struct Graph {
  std::string name;
  /// The file it was read from, "-" for standard input.
  std::string file;
  std::vector<ProcessModel> processes;
  std::vector<ConnectionModel> connections;
  std::vector<ResourceModel> resources;
  std::optional<unsigned> workers;
  /// The most activations and outside waits in flight together.
  unsigned max_concurrency = 1024;
  Tuning tuning;
  Thresholds thresholds;
  /// Bytes that packets may take; unless set, the program decides.
  std::optional<std::uint64_t> memory;
  std::optional<std::string> admin_listen;
  std::vector<std::string> admin_hosts;
};

/// The resources that a process names, by index in Graph::resources, each once.
std::vector<std::size_t> resources_of(const Graph& graph, const ProcessModel& process);

/// "out", "error", "array[2]": an endpoint's port as the graph file names it.
std::string output_port_name(const Graph& graph, const Endpoint& from);
std::string input_port_name(const Graph& graph, const Endpoint& to);

}  // namespace weir::graph
