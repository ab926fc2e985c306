#include "diagnosis/watched.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "graph/load.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::diagnosis {
namespace {

/// Goes on only once so many packets wait.
class Lots final : public Process {
 public:
  explicit Lots(const Config& config) : size_(static_cast<std::size_t>(config.integer("size"))) {}
  Step step(Context& context) override {
    while (context.available() >= size_) {
      for (std::size_t i = 0; i < size_; ++i) context.out().emit(context.receive());
    }
    return context.ended() ? Step::done : Step::need_input;
  }

 private:
  const std::size_t size_;
};

/// Takes one packet from each input in turn, and waits for it.
class Join final : public Process {
 public:
  Step step(Context& context) override {
    while (context.room() != 0) {
      Packet packet = context.receive(0, turn_);
      if (!packet) return context.ended() ? Step::done : Step::need_input;
      context.out().emit(std::move(packet));
      turn_ = (turn_ + 1) % context.width();
    }
    return Step::output_full;
  }

 private:
  unsigned turn_ = 0;
};

const ComponentSpec& join() {
  static const ComponentSpec spec{
      .name = "test/join",
      .summary = "Takes turns",
      .inputs = {{.name = "in", .doc = "any", .array = true}},
      .outputs = {{.name = "out", .doc = "the same", .required = false}},
      .make = [](const Config&) -> Instance { return std::make_unique<Join>(); }};
  return spec;
}

const ComponentSpec& lots() {
  static const ComponentSpec spec{
      .name = "test/lots",
      .summary = "Wants many at once",
      .inputs = {{.name = "in", .doc = "any"}},
      .outputs = {{.name = "out", .doc = "the same", .required = false}},
      .options = {{.name = "size", .type = OptionType::integer, .doc = "n", .required = true}},
      .make = [](const Config& config) -> Instance { return std::make_unique<Lots>(config); }};
  return spec;
}

/// Once it has got a packet it sends without end.
class Endless final : public Process {
 public:
  Step step(Context& context) override {
    if (!began_) {
      Packet packet = context.receive();
      if (!packet) return context.ended() ? Step::done : Step::need_input;
      began_ = true;
    }
    for (std::size_t room = std::min<std::size_t>(context.room(), 100); room != 0; --room) {
      context.out().emit(Packet::integer(1));
    }
    return context.room() == 0 ? Step::output_full : Step::yield;
  }

 private:
  bool began_ = false;
};

const ComponentSpec& endless() {
  static const ComponentSpec spec{
      .name = "test/endless",
      .summary = "Sends without end",
      .inputs = {{.name = "in", .doc = "any"}},
      .outputs = {{.name = "out", .doc = "numbers", .required = false}},
      .make = [](const Config&) -> Instance { return std::make_unique<Endless>(); }};
  return spec;
}

graph::Graph load(const std::string& text) {
  Registry registry;
  for (const ComponentSpec* spec : Registry::builtin().all()) registry.add(*spec);
  registry.add(join());
  registry.add(lots());
  registry.add(endless());
  graph::Loaded loaded = graph::load(text, "test", registry, {}, {}, {});
  if (!loaded.graph) throw std::logic_error(loaded.problems.list().front().text);
  return std::move(*loaded.graph);
}

}  // namespace

Watched::Watched(const std::string& graph, std::uint64_t seed) : executor_(seed) {
  start(graph, executor_, {});
}

Watched::Watched(const std::string& graph, unsigned processors, ReporterOptions options)
    : executor_(1), processors_(std::make_unique<Processors>(processors)) {
  options.workers = processors;
  start(graph, *processors_, std::move(options));
}

void Watched::start(const std::string& graph, scheduler::Executor& executor,
                    ReporterOptions options) {
  network_ = std::make_unique<runtime::Network>(load(graph), executor);
  options.decisions = &log;
  reporter_ = std::make_unique<Reporter>(*network_, std::move(options));
  network_->start();
}

void Watched::run(double seconds) {
  constexpr std::uint64_t steps_most = 20'000'000;
  const auto ticks = static_cast<unsigned>(std::lround(seconds * 5));
  for (unsigned i = 0; i < ticks; ++i) {
    const Time until = now() + Reporter::every;
    if (!(processors_ ? processors_->run_until(until, steps_most)
                      : executor_.run_until(until, steps_most))) {
      throw std::logic_error("the simulation does not get on");
    }
    reporter_->tick();
  }
}

Report Watched::with(const std::string& change) const {
  return reporter_->what_if({parse_change(change, *network_->graph().first)});
}

std::string root_of(const Report& report) {
  if (!report.limit) return std::string(to_string(report.reason));
  const std::string& process = report.limit->process;
  return fmt::format("{}{}", to_string(report.limit->kind),
                     process.empty() ? "" : " of " + process);
}

}  // namespace weir::diagnosis
