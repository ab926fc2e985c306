#include "diagnosis/trial.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>

#include "diagnosis/limits.hpp"
#include "diagnosis/words.hpp"

namespace weir::diagnosis {
namespace {

// A change that brings less is taken back.
constexpr double worth = 1.03;
constexpr unsigned ticks_most = 300;
// What is in work when something changes has left after so many times its service time.
constexpr double services_to_settle = 3;

const ProcessReport* find(const Report& report, const std::string& name) {
  const auto found = std::find_if(report.processes.begin(), report.processes.end(),
                                  [&](const ProcessReport& each) { return each.name == name; });
  return found == report.processes.end() ? nullptr : &*found;
}

}  // namespace

std::string Trial::begin(const Report& report) {
  const std::lock_guard lock(mutex_);
  if (stage_ == Stage::asked || stage_ == Stage::measuring) {
    return "a change is being verified now: wait for its end";
  }
  if (!report.limit) return fmt::format("there is nothing to verify: {}", verdict(report));
  for (const Proposal& proposal : report.changes) {
    if (proposal.change.what != Change::What::concurrency) continue;
    const ProcessReport* process = find(report, proposal.change.name);
    if (process == nullptr || proposal.change.value > process->concurrency_max) continue;
    result_ = {};
    result_.running = true;
    result_.change = proposal.change;
    result_.from = process->concurrency;
    result_.before_pps = report.throughput_pps;
    result_.predicted_pps = proposal.throughput_pps;
    result_.text = fmt::format("{} is being tried", in_words(proposal.change));
    least_window_s_ = std::clamp(services_to_settle * process->service_s, 2.0, 5.0);
    ticks_ = 0;
    stage_ = Stage::asked;
    return {};
  }
  return fmt::format(
      "no change can be made while it runs: {}. Only concurrency within the bounds of the graph is "
      "changed",
      verdict(report));
}

bool Trial::running() const {
  const std::lock_guard lock(mutex_);
  return stage_ == Stage::asked || stage_ == Stage::measuring;
}

std::optional<Verification> Trial::result() const {
  const std::lock_guard lock(mutex_);
  if (stage_ == Stage::none) return {};
  return result_;
}

void Trial::go_on(const std::optional<Report>& now) {
  const std::lock_guard lock(mutex_);
  if (stage_ == Stage::asked) return apply();
  if (stage_ != Stage::measuring) return;
  if (++ticks_ > ticks_most) return give_up("too little flows to see what it brings");
  // The figures begin anew with the change.
  if (now && now->window_s >= least_window_s_) judge(*now);
}

void Trial::apply() {
  if (tuner_ != nullptr) tuner_->rest(true);
  try {
    if (network_.set_concurrency(result_.change.name,
                                 static_cast<unsigned>(result_.change.value))) {
      stage_ = Stage::measuring;
      return;
    }
    give_up("the network does not allow it any more");
  } catch (const std::exception& error) {
    give_up(error.what());
  }
}

void Trial::judge(const Report& now) {
  result_.measured_pps = now.throughput_pps;
  result_.undone = now.throughput_pps < worth * result_.before_pps;
  result_.text =
      fmt::format("{} instead of {}: {} packets/s before, {} predicted, {} measured; {}",
                  in_words(result_.change), result_.from, with_commas(result_.before_pps),
                  with_commas(result_.predicted_pps), with_commas(result_.measured_pps),
                  result_.undone ? "it brought nothing and is taken back" : "it is kept");
  if (result_.undone) network_.set_concurrency(result_.change.name, result_.from);
  if (decisions_ != nullptr) {
    tuning::Decision decision;
    decision.process = result_.change.name;
    decision.what = "concurrency";
    decision.from = result_.from;
    decision.to = static_cast<std::uint64_t>(result_.change.value);
    decision.why = "asked for, to verify what the report predicts";
    decision.predicted_pps = result_.predicted_pps;
    decision.measured_pps = result_.measured_pps;
    decision.undone = result_.undone;
    decisions_->add(std::move(decision));
  }
  finish();
}

void Trial::give_up(const std::string& why) {
  if (stage_ == Stage::measuring) network_.set_concurrency(result_.change.name, result_.from);
  result_.undone = true;
  result_.text =
      fmt::format("{} could not be verified, and is taken back: {}", in_words(result_.change), why);
  finish();
}

void Trial::finish() {
  result_.running = false;
  stage_ = Stage::over;
  if (tuner_ != nullptr) tuner_->rest(false);
}

}  // namespace weir::diagnosis
