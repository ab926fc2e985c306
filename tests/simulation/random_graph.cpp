#include "simulation/random_graph.hpp"

#include <algorithm>
#include <random>
#include <set>
#include <utility>

#include "graph/cycles.hpp"

namespace weir::simulation {
namespace {

using Spec = const ComponentSpec& (*)();
// One in, one out, and never more out than in: may stand in a cycle.
constexpr Spec plain[] = {pass, keep_odd, failing, waiting, shared, server};
constexpr Spec simple[] = {pass, keep_odd, failing, waiting, shared, server, doubler, taker, burst};

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t up_to(std::uint64_t most) { return engine_() % (most + 1); }
  bool one_in(std::uint64_t n) { return up_to(n - 1) == 0; }
  template <class T, std::size_t n>
  const T& of(const T (&choices)[n]) {
    return choices[up_to(n - 1)];
  }
  std::mt19937_64& engine() { return engine_; }

 private:
  std::mt19937_64 engine_;
};

std::uint32_t random_capacity(Random& random) {
  constexpr std::uint32_t choices[] = {1, 2, 3, 8, 64, 512};
  return random.of(choices);
}

graph::Overflow random_overflow(Random& random) {
  using graph::Then;
  if (!random.one_in(8)) return {};
  constexpr Then choices[] = {Then::block,       Then::drop_oldest, Then::drop_newest,
                              Then::drop_oldest, Then::drop_newest, Then::fail};
  return {random.of(choices), 1 + random.up_to(40), random.one_in(3)};
}

graph::Concurrency random_concurrency(Random& random) {
  graph::Concurrency concurrency;
  if (!random.one_in(4)) concurrency.fixed = static_cast<unsigned>(1 + random.up_to(4));
  return concurrency;
}

std::map<std::string, std::int64_t> random_options(const ComponentSpec& spec, Random& random) {
  if (&spec == &taker()) return {{"count", static_cast<std::int64_t>(random.up_to(200))}};
  if (&spec == &waiting() || &spec == &server()) {
    return {{"wait_us", static_cast<std::int64_t>(random.up_to(30))}};
  }
  return {};
}

class RandomGraph {
 public:
  explicit RandomGraph(std::uint64_t seed) : random_(seed) { build_.graph.name = "random"; }

  graph::Graph make() {
    const std::uint64_t sources = 1 + random_.up_to(1);
    for (std::uint64_t i = 0; i < sources; ++i) {
      const std::size_t process =
          build_.add("source" + std::to_string(i), source(),
                     {{"count", static_cast<std::int64_t>(random_.up_to(150))},
                      {"per_step", static_cast<std::int64_t>(1 + random_.up_to(20))},
                      {"base", static_cast<std::int64_t>(i << 32)}});
      open_.emplace_back(process, 0);
    }
    const std::uint64_t middle = random_.up_to(9);
    for (std::uint64_t i = 0; i < middle; ++i) {
      std::shuffle(open_.begin(), open_.end(), random_.engine());
      switch (random_.up_to(9)) {
        case 0: add_fan(); break;
        case 1: add_join(); break;
        case 2: add_merge(); break;
        case 3: add_cycle(); break;
        default: add_simple();
      }
    }
    for (const auto& end : open_) connect(end, add("sink", sink()));
    // Fewer than the processes have at least.
    if (random_.one_in(4)) {
      build_.graph.max_concurrency = static_cast<unsigned>(1 + random_.up_to(5));
    }
    return std::move(build_.graph);
  }

 private:
  // An out port, by process and element, that still needs a consumer.
  using OpenEnd = std::pair<std::size_t, unsigned>;

  std::size_t add(const std::string& kind, const ComponentSpec& spec) {
    const std::size_t process = build_.add(kind + std::to_string(build_.graph.processes.size()),
                                           spec, random_options(spec, random_));
    graph::ProcessModel& model = build_.graph.processes[process];
    if (spec.parallel) model.concurrency = random_concurrency(random_);
    if (random_.one_in(3)) model.order = graph::Order::any;
    return process;
  }

  OpenEnd take_open() {
    const OpenEnd end = open_.back();
    open_.pop_back();
    return end;
  }

  void connect(OpenEnd from, std::size_t to, unsigned to_element = 0) {
    for (const graph::ConnectionModel& other : build_.graph.connections) {
      if (other.from.process == from.first && other.from.element == from.second &&
          other.to.process == to && other.to.element == to_element) {
        // The same connection must not be made twice.
        const std::size_t between = add("between", pass());
        connect(from, between);
        from = {between, 0};
        break;
      }
    }
    build_.connect(from.first, to, random_capacity(random_), from.second, to_element).overflow =
        random_overflow(random_);
  }

  unsigned some_open() {
    return static_cast<unsigned>(1 + random_.up_to(std::min<std::size_t>(open_.size(), 3) - 1));
  }

  void add_fan() {
    const std::size_t process = add("fan", fan());
    connect(take_open(), process);
    const auto width = static_cast<unsigned>(1 + random_.up_to(2));
    for (unsigned k = 0; k < width; ++k) open_.emplace_back(process, k);
  }

  void add_join() {
    const std::size_t process = add("join", join());
    const unsigned width = some_open();
    for (unsigned k = 0; k < width; ++k) connect(take_open(), process, k);
    open_.emplace_back(process, 0);
  }

  // Several connections into one port, and several out of one.
  void add_merge() {
    const std::size_t process = add("merge", pass());
    for (unsigned width = some_open(); width != 0; --width) connect(take_open(), process);
    open_.emplace_back(process, 0);
    open_.emplace_back(process, 0);
  }

  // Half of what comes around leaves.
  void add_cycle() {
    const std::size_t entry = add("entry", random_.of(plain)());
    connect(take_open(), entry);
    std::size_t last = entry;
    for (std::uint64_t k = random_.up_to(2); k != 0; --k) {
      const std::size_t next = add("around", random_.of(plain)());
      connect({last, 0}, next);
      last = next;
    }
    const std::size_t exit = add("exit", fan());
    connect({last, 0}, exit);
    connect({exit, 1}, entry);
    open_.emplace_back(exit, 0);
  }

  void add_simple() {
    const ComponentSpec* chosen = &random_.of(simple)();
    // A second one would make more packets than a simulation can follow.
    if (chosen == &burst() && std::exchange(has_burst_, true)) chosen = &pass();
    const ComponentSpec& spec = *chosen;
    const std::size_t process = add("p", spec);
    connect(take_open(), process);
    open_.emplace_back(process, 0);
    if ((&spec == &failing() || &spec == &shared()) && random_.one_in(2)) {
      const std::size_t rejects = add("errors", sink());
      build_.connect(process, rejects, random_capacity(random_), 0, 0, 1);
    }
  }

  Random random_;
  Builder build_;
  std::vector<OpenEnd> open_;
  bool has_burst_ = false;
};

// False if one connection stands twice in the graph.
bool rename_connections(graph::Graph& graph) {
  Builder build;
  build.graph.processes = graph.processes;
  std::set<std::string> names;
  for (graph::ConnectionModel& model : graph.connections) {
    model.name = build
                     .connect(model.from.process, model.to.process, 1, model.from.element,
                              model.to.element, model.from.port)
                     .name;
    names.insert(model.name);
  }
  return names.size() == graph.connections.size();
}

class Change {
 public:
  Change(const graph::Graph& graph, std::uint64_t seed) : random_(seed), original_(graph) {
    build_.graph = graph;
  }

  graph::Graph make() {
    switch (random_.up_to(8)) {
      case 0: some_connection().capacity.fixed = random_capacity(random_); break;
      case 1: some_connection().overflow = random_overflow(random_); break;
      case 2: change_concurrency(); break;
      case 3: insert(); break;
      case 4: bypass(); break;
      case 5: add_branch(); break;
      case 6: add_source(); break;
      case 7: reconfigure(); break;
      default: replace_component(); break;
    }
    return rename_connections(build_.graph) ? std::move(build_.graph) : original_;
  }

 private:
  graph::ConnectionModel& some_connection() {
    return build_.graph.connections[random_.up_to(build_.graph.connections.size() - 1)];
  }
  std::size_t some_process() { return random_.up_to(build_.graph.processes.size() - 1); }
  std::string fresh_name() { return "n" + std::to_string(random_.engine()()); }

  void change_concurrency() {
    for (graph::ProcessModel& process : build_.graph.processes) {
      if (process.component->parallel) process.concurrency = random_concurrency(random_);
    }
  }

  // A process more, in the middle of a connection.
  void insert() {
    const ComponentSpec& spec = random_.of(plain)();
    const std::size_t process = build_.add(fresh_name(), spec, random_options(spec, random_));
    graph::ConnectionModel& before = some_connection();
    const graph::Endpoint to = before.to;
    before.to = {process, 0, 0};
    build_.connect(process, to.process, random_capacity(random_), 0, to.element);
  }

  // A process less: what came to it goes where it sent.
  void bypass() {
    graph::Graph& graph = build_.graph;
    const std::size_t process = some_process();
    if (graph.processes[process].component->inputs.size() != 1) return;
    std::vector<std::size_t> in;
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < graph.connections.size(); ++i) {
      if (graph.connections[i].to.process == process) in.push_back(i);
      if (graph.connections[i].from.process == process) out.push_back(i);
    }
    if (in.size() != 1 || out.size() != 1 || in == out) return;
    if (graph.connections[out[0]].from.port != 0) return;
    graph.connections[in[0]].to = graph.connections[out[0]].to;
    graph.connections.erase(graph.connections.begin() + static_cast<std::ptrdiff_t>(out[0]));
    graph.processes.erase(graph.processes.begin() + static_cast<std::ptrdiff_t>(process));
    for (graph::ConnectionModel& connection : graph.connections) {
      if (connection.from.process > process) --connection.from.process;
      if (connection.to.process > process) --connection.to.process;
    }
  }

  // Copies of what passes a port go to a sink of their own.
  void add_branch() {
    const graph::Endpoint from = some_connection().from;
    const std::size_t end = build_.add(fresh_name(), sink());
    build_.connect(from.process, end, random_capacity(random_), from.element, 0, from.port);
  }

  void add_source() {
    const graph::Endpoint to = some_connection().to;
    const std::size_t process =
        build_.add(fresh_name(), source(),
                   {{"count", static_cast<std::int64_t>(random_.up_to(100))},
                    {"base", std::int64_t{9} << 32}});
    build_.connect(process, to.process, random_capacity(random_), 0, to.element);
  }

  void reconfigure() {
    graph::ProcessModel& model = build_.graph.processes[some_process()];
    Builder other;
    const auto options = random_options(*model.component, random_);
    model.config = other.graph.processes[other.add("x", *model.component, options)].config;
    model.on_error =
        model.on_error == graph::OnError::drop ? graph::OnError::route : graph::OnError::drop;
  }

  void replace_component() {
    graph::ProcessModel& model = build_.graph.processes[some_process()];
    const bool is_plain = std::any_of(std::begin(plain), std::end(plain),
                                      [&](Spec spec) { return &spec() == model.component; });
    if (!is_plain) return;
    model.component = &random_.of(plain)();
    model.config = {};
    model.config.kind = Setting::Kind::map;
    model.concurrency = {};
  }

  Random random_;
  const graph::Graph original_;
  Builder build_;
};

}  // namespace

graph::Graph random_graph(std::uint64_t seed) {
  return RandomGraph(seed).make();
}

graph::Graph changed_graph(const graph::Graph& graph, std::uint64_t seed) {
  return Change(graph, seed).make();
}

std::vector<std::pair<std::int64_t, std::string>> ordered_pairs(const graph::Graph& graph) {
  const std::vector<std::size_t> component = graph::strong_components(graph);
  const std::size_t processes = graph.processes.size();
  std::vector<std::size_t> order(processes);
  for (std::size_t i = 0; i < processes; ++i) order[i] = i;
  // Against the flow is from 0 up, so along it is from the greatest down.
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return component[a] > component[b]; });
  std::vector<std::pair<std::int64_t, std::string>> pairs;
  std::int64_t base = 0;
  for (std::size_t from = 0; from < processes; ++from) {
    if (graph.processes[from].component != &source()) continue;
    // Ways to each process; 2 stands for several, or one on which the order may change.
    std::vector<unsigned> ways(processes, 0);
    ways[from] = 1;
    for (const std::size_t process : order) {
      if (ways[process] == 0) continue;
      const graph::ProcessModel& model = graph.processes[process];
      if (model.component->parallel && model.order == graph::Order::any) ways[process] = 2;
      for (const graph::ConnectionModel& connection : graph.connections) {
        if (connection.from.process != process) continue;
        const std::size_t to = connection.to.process;
        const bool circular = component[to] == component[process];
        ways[to] = circular ? 2 : std::min(2u, ways[to] + ways[process]);
        if (circular) ways[process] = 2;
      }
    }
    // What a cycle lets out is in no order, wherever the cycle was entered.
    for (bool changed = true; changed;) {
      changed = false;
      for (const graph::ConnectionModel& connection : graph.connections) {
        unsigned& to = ways[connection.to.process];
        if (ways[connection.from.process] == 2 && to != 2) {
          to = 2;
          changed = true;
        }
      }
    }
    for (std::size_t to = 0; to < processes; ++to) {
      if (graph.processes[to].component == &sink() && ways[to] == 1) {
        pairs.emplace_back(base, graph.processes[to].name);
      }
    }
    ++base;
  }
  return pairs;
}

}  // namespace weir::simulation
