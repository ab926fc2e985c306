// How many units each process gets. Knows rates, not networks: it plans a change, is told what the
// rates were after it, and says what to keep of it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tuning/rates.hpp"
#include "weir/units.hpp"

namespace weir::tuning {

struct UnitChange {
  std::size_t process = 0;
  unsigned from = 1;
  unsigned to = 1;
  /// The figures it was decided on, in words.
  std::string why;
  /// Packets a second that the process is expected to handle; absent for a change to fewer.
  std::optional<double> predicted_pps;
  /// Filled in when the change has been judged.
  double measured_pps = 0;
  bool undone = false;
};

struct Machine {
  unsigned workers = 1;
  /// Activations and outside waits in flight together.
  unsigned max_concurrency = 1024;
  /// Processors used by the whole program.
  double processors_used = 0;
};

/// After "Three steps is all you need" (Kalavri et al., OSDI 2018), which scales operators of a
/// dataflow by their true rates, and the gradient limits of Netflix's concurrency-limits: growth by
/// a factor, judged by what it brought; a process whose service time grows with its concurrency is
/// set to the knee by Little's law.
class ConcurrencyLaw {
 public:
  explicit ConcurrencyLaw(std::vector<Place> places);

  /// What to change, by the rates of the last few ticks. Empty most of the time.
  std::vector<UnitChange> plan(const Rates& rates, const Machine& machine, Time now);
  /// How many ticks must pass until judge() may be called.
  unsigned ticks_to_judge() const noexcept { return ticks_to_judge_; }
  /// Judges the last plan by the rates since then: fills in what was measured, and sets `to` of
  /// what must be changed once more (`undone` where that is the old number).
  void judge(std::span<UnitChange> changes, const Rates& rates, Time now);
  /// A change could not be made.
  void refused(const UnitChange& change, Time now) { lock(change.process, change.from, now); }

 private:
  // No growth beyond the ceiling until then, twice as long each time, unless the work changes.
  struct Memory {
    unsigned ceiling = 0;
    Time until{};
    Duration next_lock = std::chrono::seconds(60);
    double locked_pps = 0;
    double locked_service_s = 0;
    double locked_errors = 0;
    // Smoothed over seconds.
    double pps = 0;
    double service_s = 0;
    double errors = 0;
    // Peaks of the units used, of the last seconds.
    double peak = 0;
    double peak_before = 0;
    // Before the plan that is being judged.
    double planned_pps = 0;
    double planned_service_s = 0;
  };

  void remember(const Rates& rates, Time now);
  unsigned most(std::size_t process, Time now);
  double growth(const Rates& rates, const Machine& machine, Time now);
  std::vector<UnitChange> plan_growth(const Rates& rates, const Machine& machine, Time now);
  std::vector<UnitChange> plan_shrinking(const Rates& rates, Time now);
  void judge_growth(UnitChange& change, const ProcessRates& process, bool brought, Time now);
  void lock(std::size_t process, unsigned ceiling, Time now);

  const std::vector<Place> places_;
  std::vector<Memory> memory_;
  unsigned ticks_to_judge_ = 2;
  Time next_shrink_{};
};

}  // namespace weir::tuning
