#include "tuning/simulated.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <stdexcept>

#include <spdlog/spdlog.h>

#include "graph/load.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::tuning {

double crowd_factor = 1;

namespace {

int in_work = 0;

class Crowded final : public Process {
 public:
  explicit Crowded(const Config& config)
      : wait_(config.duration("wait")),
        knee_(config.number("knee")),
        power_(config.number("power")) {}

  Step step(Context& context) override {
    for (;;) {
      if (!packet_) {
        packet_ = context.receive();
        if (!packet_) return context.ended() ? Step::done : Step::need_input;
        ++in_work;
        const double crowd = std::pow(std::max(1.0, in_work / knee_), power_);
        due_ = context.now() + Duration(static_cast<Duration::rep>(
                                   static_cast<double>(wait_.count()) * crowd * crowd_factor));
      }
      if (context.now() < due_) {
        context.wake_after(due_ - context.now());
        return Step::waiting;
      }
      --in_work;
      context.out().emit(std::move(packet_));
    }
  }
  void stop() noexcept override {
    if (packet_) --in_work;
  }

 private:
  Duration wait_;
  double knee_;
  double power_;
  Packet packet_;
  Time due_{};
};

const ComponentSpec crowded_spec{
    .name = "test/crowded",
    .summary = "Waits longer in a crowd",
    .inputs = {{.name = "in", .doc = "any"}},
    .outputs = {{.name = "out", .doc = "the same", .required = false}},
    .options = {{.name = "wait", .type = OptionType::duration, .doc = "w", .default_value = "1ms"},
                {.name = "knee", .type = OptionType::number, .doc = "k", .default_value = "1e9"},
                {.name = "power", .type = OptionType::number, .doc = "p", .default_value = "1"}},
    .parallel = true,
    .make = [](const Config& config) -> Instance { return std::make_unique<Crowded>(config); }};

graph::Graph load(const std::string& text) {
  Registry registry;
  for (const ComponentSpec* spec : Registry::builtin().all()) registry.add(*spec);
  registry.add(crowded_spec);
  graph::Loaded loaded = graph::load(text, "test", registry, {}, {}, {});
  if (!loaded.graph) throw std::logic_error(loaded.problems.list().front().text);
  return std::move(*loaded.graph);
}

template <class List>
const auto& named(const List& list, const std::string& name) {
  return *std::find_if(list.begin(), list.end(),
                       [&](const auto& item) { return item.name == name; });
}

}  // namespace

Simulated::Simulated(const std::string& graph, std::uint64_t seed) : executor_(seed) {
  crowd_factor = 1;
  in_work = 0;
  const graph::Graph loaded = load(graph);
  network_ = std::make_unique<runtime::Network>(loaded, executor_);
  TunerOptions options;
  options.max_concurrency = loaded.max_concurrency;
  tuner_ = std::make_unique<Tuner>(*network_, executor_.workers(), log, std::move(options));
  if (std::getenv("WEIR_TRACE") != nullptr) spdlog::set_level(spdlog::level::debug);
  network_->start();
}

void Simulated::run(double seconds) {
  const auto ticks = static_cast<unsigned>(std::lround(seconds * 10));
  for (unsigned i = 0; i < ticks; ++i) {
    if (!executor_.run_until(executor_.now() + std::chrono::milliseconds(100), 10'000'000)) {
      throw std::logic_error("the simulation does not get on");
    }
    tuner_->tick();
  }
}

std::uint64_t Simulated::packets_in(const std::string& process) const {
  return named(snapshot().processes, process).in;
}

double Simulated::rate(const std::string& process, double seconds) {
  const std::uint64_t before = packets_in(process);
  const Time begin = executor_.now();
  run(seconds);
  const std::chrono::duration<double> took = executor_.now() - begin;
  return static_cast<double>(packets_in(process) - before) / took.count();
}

unsigned Simulated::concurrency(const std::string& process) const {
  return named(snapshot().processes, process).concurrency;
}

std::uint32_t Simulated::capacity(const std::string& connection) const {
  return named(snapshot().connections, connection).capacity;
}

std::uint64_t Simulated::errors(const std::string& process) const {
  const runtime::NetworkSnapshot now = snapshot();
  std::uint64_t errors = 0;
  for (const auto& kind : named(now.processes, process).errors) errors += kind.count;
  return errors;
}

}  // namespace weir::tuning
