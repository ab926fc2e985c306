// How many units each process gets. Knows rates, not networks: it plans a change, is told what the
// rates were after it, and says what to keep of it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tuning/allocation.hpp"
#include "tuning/rates.hpp"
#include "tuning/ticks.hpp"
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

  /// It was taken back.
  bool undone() const noexcept { return to == from; }
};

struct Machine {
  unsigned workers = 1;
  /// Activations and outside waits in flight together.
  unsigned max_concurrency = 1024;
  /// Seconds between two readings.
  double tick_s = usual_tick_s;
};

/// After "Three steps is all you need" (Kalavri et al., OSDI 2018), which scales operators of a
/// dataflow by their true rates, and the gradient limits of Netflix's concurrency-limits: growth by
/// a factor, judged by what it brought; a process whose service time grows with its concurrency is
/// set to the knee by Little's law.
class ConcurrencyLaw {
 public:
  explicit ConcurrencyLaw(std::vector<Place> places);

  /// What to change, by the rates of the last few ticks, and of the last second where a process
  /// that works by fits and starts must be seen as a whole. Empty most of the time.
  std::vector<UnitChange> plan(const Rates& rates, const Rates& second, const Machine& machine,
                               Time now);
  /// True if what was planned can be judged by the `ticks` ticks since the one of the change.
  bool can_judge(std::span<const UnitChange> changes, std::size_t ticks, const Rates& rates) const;
  /// Judges the last plan by the rates since then: fills in what was measured, and sets `to` of
  /// what must be changed once more, to `from` where it is taken back.
  void judge(std::span<UnitChange> changes, const Rates& rates, Time now);
  /// How many ticks after the last change the rates are those of the network as it now is.
  std::size_t ticks_to_settle() const noexcept { return ticks_to_judge_; }
  /// A change could not be made.
  void refused(const UnitChange& change, Time now) { lock(change.process, change.from, now); }

 private:
  static constexpr Duration first_lock = std::chrono::seconds(60);

  // No growth beyond the ceiling until then, twice as long each time, unless the work changes.
  struct Memory {
    unsigned ceiling = 0;
    Time until{};
    // When the work as it then is becomes what later work is compared with.
    Time baseline_at{};
    Duration next_lock = first_lock;
    Duration next_pause{};
    double locked_pps = 0;
    double locked_service_s = 0;
    double locked_errors = 0;
    // Smoothed over seconds.
    double pps = 0;
    double service_s = 0;
    double errors = 0;
    // Peaks of the units occupied, of the last seconds.
    double peak = 0;
    double peak_before = 0;
    // Before the plan that is being judged.
    double planned_pps = 0;
    double planned_service_s = 0;
  };

  void remember(const Rates& rates, Time now);
  std::size_t ticks_for(double service_s) const noexcept;
  unsigned most(std::size_t process) const;
  double growth(const Rates& rates, const Machine& machine) const;
  std::vector<UnitChange> plan_growth(const Rates& rates, const Rates& second,
                                      const Machine& machine) const;
  std::vector<unsigned> share_out(std::vector<Demand> demands, const Rates& second,
                                  unsigned total) const;
  Demand demand_of(std::size_t process, const Rates& rates, double factor) const;
  std::vector<UnitChange> plan_shrinking(const Rates& rates, Time now);
  void judge_growth(UnitChange& change, const ProcessRates& process, Time now);
  void lock(std::size_t process, unsigned ceiling, Time now);
  void postpone(std::size_t process, unsigned ceiling, Time now);
  void lock_for(Duration time, std::size_t process, unsigned ceiling, Time now);
  void check_lock(Memory& memory, const ProcessRates& process, Time now);

  const std::vector<Place> places_;
  std::vector<Memory> memory_;
  double tick_s_ = usual_tick_s;
  std::size_t ticks_to_judge_ = 1;
  Time next_shrink_{};
};

}  // namespace weir::tuning
