#include "diagnosis/random_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace weir::diagnosis {
namespace {

using Random = std::mt19937_64;

double between(Random& random, double least, double most) {
  return std::uniform_real_distribution<double>(least, most)(random);
}

std::size_t below(Random& random, std::size_t count) {
  return static_cast<std::size_t>(random() % count);
}

}  // namespace

/// Grows a graph link by link, and knows how many packets reach each.
class Shape {
 public:
  Shape(RandomGraph& graph, Random& random) : graph_(graph), random_(random) {}

  void make() {
    work();
    for (std::size_t links = 1 + below(random_, 4); links != 0; --links) {
      switch (below(random_, 7)) {
        case 0: filter(); break;
        case 1: copy(); break;
        case 2: fan(); break;
        case 3: diamond(); break;
        case 4: cycle(); break;
        default: work();
      }
      double reach = 0;
      for (const auto& [name, visits] : tips_) reach += visits;
      if (reach < 0.2) break;
    }
    work();
    join(plain("core/discard"));
  }

 private:
  using Tips = std::vector<std::pair<std::string, double>>;

  std::string next_name() { return fmt::format("p{}", ++count_); }
  std::string plain(const std::string& component, const std::string& config = "") {
    std::string name = next_name();
    graph_.others_.push_back(
        fmt::format("{}: {{component: {}, config: {{{}}}}}", name, component, config));
    return name;
  }
  double join(const std::string& into) {
    double visits = 0;
    for (const auto& [from, each] : tips_) {
      graph_.connections_.emplace_back(from, into);
      visits += each;
    }
    return visits;
  }
  void work() {
    const std::string name = next_name();
    Cost cost;
    cost.name = name;
    cost.visits = join(name);
    tips_ = {{name, cost.visits}};
    graph_.costs_.push_back(cost);
  }
  void filter() {
    const auto every = static_cast<double>(2 + below(random_, 3));
    const std::string name = plain("core/sample", fmt::format("every: {}", every));
    const double visits = join(name);
    tips_ = {{name, visits / every}};
  }
  void copy() {
    const std::string name = plain("core/clone");
    const double visits = join(name);
    tips_ = {{name + ".out[0]", visits}, {name + ".out[1]", visits}};
  }
  void fan() {
    const std::string name = plain("core/split");
    const double visits = join(name);
    branches({{name + ".out[0]", visits / 2}, {name + ".out[1]", visits / 2}});
  }
  void diamond() {
    const std::string name = plain("core/pass");
    const double visits = join(name);
    branches({{name, visits}, {name, visits}});
  }
  void branches(const Tips& tips) {
    Tips ends;
    for (const auto& tip : tips) {
      tips_ = {tip};
      work();
      ends.push_back(tips_.front());
    }
    tips_ = ends;
  }
  // Every other packet goes round once more.
  void cycle() {
    work();
    Cost& cost = graph_.costs_.back();
    const double once = cost.visits;
    cost.visits *= 2;
    const std::string split = plain("core/split");
    graph_.connections_.emplace_back(cost.name, split);
    graph_.connections_.emplace_back(split + ".out[1]", cost.name);
    tips_ = {{split + ".out[0]", once}};
  }

  RandomGraph& graph_;
  Random& random_;
  std::size_t count_ = 0;
  Tips tips_{{"source", 1.0}};
};

RandomGraph::RandomGraph(std::uint64_t seed) {
  Random random(seed);
  Shape(*this, random).make();
  processors_ = static_cast<unsigned>(1 + below(random, 4));
  const double first = std::pow(10, between(random, 2.3, 3.2));
  const double second = first * between(random, 1.05, 1.6);
  // Who is first and who second: a process, the source's pace or the machine.
  const std::size_t count = costs_.size();
  std::vector<std::size_t> order(count + 2);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), random);
  // The processes more often.
  if (order[0] >= count && below(random, 2) == 0) std::swap(order[0], order[2]);
  const auto pps_of = [&](std::size_t who) {
    if (order[0] == who) return first;
    if (order[1] == who) return second;
    return second * between(random, 1.02, 3);
  };
  double spins = 0;
  for (std::size_t i = 0; i < count; ++i) {
    Cost& cost = costs_[i];
    cost.units = static_cast<unsigned>(1 + below(random, 3));
    const double service = cost.units / (cost.visits * pps_of(i));
    const double kinds[] = {0, 1, between(random, 0.1, 0.9)};
    cost.spin_s = service * kinds[below(random, 3)];
    cost.wait_s = service - cost.spin_s;
    if (below(random, 8) == 0) {
      // Held to a rate instead; it could do more.
      cost.rate_pps = cost.visits * pps_of(i);
      const double less = between(random, 0.2, 0.9);
      cost.spin_s *= less;
      cost.wait_s *= less;
    }
    spins += cost.visits * cost.spin_s;
  }
  const bool paced = order[0] == count || order[1] == count || below(random, 4) == 0;
  if (paced) pace_pps_ = pps_of(count);
  const double machine = pps_of(count + 1);
  const bool wanted = order[0] == count + 1 || order[1] == count + 1;
  if (spins <= 0) return;
  // Work of the processor becomes waiting, or the other way round, until the machine can do that.
  if (wanted || processors_ / spins < machine) {
    if (wanted) {
      // With too little to spin there are too many processors for that.
      processors_ = std::clamp<unsigned>(static_cast<unsigned>(spins * machine), 1, processors_);
    }
    const double factor = std::min(1.0, processors_ / spins / machine);
    for (Cost& cost : costs_) {
      cost.wait_s += (1 - factor) * cost.spin_s;
      cost.spin_s *= factor;
    }
  }
}

std::string RandomGraph::text() const {
  std::string processes = "source: {component: core/generate";
  if (pace_pps_ > 0) processes += fmt::format(", config: {{rate: {:.6f}/s}}", pace_pps_);
  processes += "}";
  for (const Cost& cost : costs_) {
    processes += fmt::format(
        ", {}: {{component: core/work, concurrency: {}{}, config: {{", cost.name, cost.units,
        cost.rate_pps > 0 ? fmt::format(", rate: {:.6f}/s", cost.rate_pps) : std::string());
    processes +=
        fmt::format("spin: {:.0f}ns, wait: {:.0f}ns}}}}", 1e9 * cost.spin_s, 1e9 * cost.wait_s);
  }
  for (const std::string& other : others_) processes += ", " + other;
  std::string connections;
  for (const auto& [from, to] : connections_) {
    connections += fmt::format("{}{{from: '{}', to: {}, capacity: 32}}",
                               connections.empty() ? "" : ", ", from, to);
  }
  return fmt::format("name: g\nprocesses: {{{}}}\nconnections: [{}]\n", processes, connections);
}

std::vector<KnownBound> RandomGraph::bounds() const {
  std::vector<KnownBound> bounds;
  double spins = 0;
  for (const Cost& cost : costs_) {
    const double service = cost.spin_s + cost.wait_s;
    spins += cost.visits * cost.spin_s;
    bounds.push_back({"units of " + cost.name, cost.units / (cost.visits * service)});
    if (cost.rate_pps > 0) bounds.push_back({"rate of " + cost.name, cost.rate_pps / cost.visits});
  }
  if (pace_pps_ > 0) bounds.push_back({"source", pace_pps_});
  if (spins > 0) bounds.push_back({"cores", processors_ / spins});
  std::sort(bounds.begin(), bounds.end(),
            [](const KnownBound& a, const KnownBound& b) { return a.pps < b.pps; });
  return bounds;
}

std::optional<RandomGraph> RandomGraph::with(const Change& change) const {
  RandomGraph changed = *this;
  if (change.what == Change::What::workers || change.what == Change::What::cores) {
    changed.processors_ = static_cast<unsigned>(change.value);
    return changed;
  }
  const auto cost = std::find_if(changed.costs_.begin(), changed.costs_.end(),
                                 [&](const Cost& each) { return each.name == change.name; });
  if (cost == changed.costs_.end()) return {};
  switch (change.what) {
    case Change::What::concurrency: cost->units = static_cast<unsigned>(change.value); break;
    case Change::What::service:
      cost->spin_s *= change.value;
      cost->wait_s *= change.value;
      break;
    case Change::What::rate: cost->rate_pps = change.value; break;
    default: return {};
  }
  return changed;
}

std::string known_as(const std::optional<Limit>& limit) {
  if (!limit) return "nothing";
  switch (limit->kind) {
    case Kind::cores: return "cores";
    case Kind::source: return "source";
    case Kind::rate: return "rate of " + limit->process;
    default: return "units of " + limit->process;
  }
}

}  // namespace weir::diagnosis
