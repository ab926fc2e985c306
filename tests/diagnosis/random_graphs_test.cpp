// How right the report is on random graphs, in virtual time: it names the root, and what it
// predicts is compared with what comes of each change when it is made. WEIR_GRAPHS=300 for more of
// them, WEIR_TRACE=1 to see what is wrong.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>

#include "diagnosis/random_graph.hpp"
#include "diagnosis/watched.hpp"

namespace weir::diagnosis {
namespace {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::size_t usual_graphs = 10;
#else
constexpr std::size_t usual_graphs = 100;
#endif
// Limits so near to one another are both right.
constexpr double tie = 1.05;
constexpr double seconds = 9;

ReporterOptions on(unsigned processors) {
  ReporterOptions options;
  options.processors = processors;
  options.cores = processors;
  return options;
}

bool is_right(const RandomGraph& graph, const std::string& named) {
  const std::vector<KnownBound> bounds = graph.bounds();
  return std::any_of(bounds.begin(), bounds.end(), [&](const KnownBound& bound) {
    return bound.what == named && bound.pps <= tie * bounds.front().pps;
  });
}

std::string told(const RandomGraph& graph) {
  std::string text = graph.text() + std::to_string(graph.processors()) + " processors;";
  for (const KnownBound& bound : graph.bounds()) {
    text += " " + bound.what + " " + std::to_string(bound.pps);
  }
  return text;
}

class Score {
 public:
  void root(bool right) { ++(right ? roots_right_ : roots_wrong_); }
  void next(bool right) { ++(right ? next_right_ : next_wrong_); }
  void error(double of) { errors_.push_back(of); }

  double roots() const { return share(roots_right_, roots_wrong_); }
  double nexts() const { return share(next_right_, next_wrong_); }
  double error_at(double part) {
    std::sort(errors_.begin(), errors_.end());
    return errors_[static_cast<std::size_t>(part * static_cast<double>(errors_.size() - 1))];
  }
  std::size_t changes() const { return errors_.size(); }

 private:
  static double share(double right, double wrong) { return right / (right + wrong); }

  double roots_right_ = 0;
  double roots_wrong_ = 0;
  double next_right_ = 0;
  double next_wrong_ = 0;
  std::vector<double> errors_;
};

std::vector<Change> changes_for(const RandomGraph& graph, const Report& report) {
  std::vector<Change> changes;
  for (const Proposal& proposal : report.changes) changes.push_back(proposal.change);
  if (changes.size() > 2) changes.resize(2);
  // And others that nobody proposes.
  const Cost& cost = graph.costs()[report.processes.size() % graph.costs().size()];
  Change more{Change::What::concurrency, 0, cost.name, cost.units + 1.0};
  Change half{Change::What::service, 0, cost.name, 0.5};
  for (std::size_t i = 0; i < report.processes.size(); ++i) {
    if (report.processes[i].name == cost.name) more.index = half.index = i;
  }
  changes.push_back(more);
  changes.push_back(half);
  return changes;
}

void try_one(std::uint64_t seed, Score& score, bool trace) {
  const RandomGraph graph(seed);
  Watched network(graph.text(), graph.processors(), on(graph.processors()));
  network.run(seconds);
  const Report report = network.report();
  const bool right = is_right(graph, known_as(report.limit));
  score.root(right);
  if (trace && !right) {
    std::cout << "seed " << seed << ": root " << known_as(report.limit) << " at "
              << report.throughput_pps << "; " << told(graph) << '\n';
  }
  for (const Change& change : changes_for(graph, report)) {
    const std::optional<RandomGraph> changed = graph.with(change);
    if (!changed) continue;
    const Report predicted = network.reporter().what_if({change});
    Watched then(changed->text(), changed->processors(), on(changed->processors()));
    then.run(seconds);
    const Report measured = then.report();
    const double error = std::abs(predicted.throughput_pps / measured.throughput_pps - 1);
    const std::string next = known_as(predicted.limit);
    const bool next_right = next == known_as(measured.limit) || is_right(*changed, next);
    score.error(error);
    score.next(next_right);
    if (trace && (!next_right || error > 0.05)) {
      std::cout << "seed " << seed << ": " << to_text(change) << ": " << predicted.throughput_pps
                << " predicted, " << measured.throughput_pps << " measured, before "
                << report.throughput_pps << "; next " << next << ", is " << known_as(measured.limit)
                << "; " << told(*changed) << '\n';
    }
  }
}

TEST(RandomGraphs, RootsPredictionsAndWhatLimitsNextAreRight) {
  const char* asked = std::getenv("WEIR_GRAPHS");
  const std::size_t graphs = asked == nullptr ? usual_graphs : std::stoul(asked);
  const char* first = std::getenv("WEIR_FIRST");
  const std::size_t begin = first == nullptr ? 0 : std::stoul(first);
  const bool trace = std::getenv("WEIR_TRACE") != nullptr;
  Score score;
  for (std::size_t seed = begin; seed < begin + graphs; ++seed) try_one(seed, score, trace);
  std::cout << graphs << " graphs: root right in " << 100 * score.roots() << " %; "
            << score.changes() << " changes: error " << 100 * score.error_at(0.5)
            << " % in the median, " << 100 * score.error_at(0.95) << " % at the 95th percentile, "
            << 100 * score.error_at(1) << " % at most; next limit right in " << 100 * score.nexts()
            << " %\n";
  EXPECT_GE(score.roots(), 0.95);
  EXPECT_LE(score.error_at(0.5), 0.05);
  EXPECT_LE(score.error_at(0.95), 0.25);
  EXPECT_GE(score.nexts(), 0.90);
}

}  // namespace
}  // namespace weir::diagnosis
