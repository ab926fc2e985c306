// Makes a change in a running network to see what it brings, and takes it back if that is nothing.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "diagnosis/report.hpp"
#include "runtime/network.hpp"
#include "tuning/decisions.hpp"
#include "tuning/tuner.hpp"

namespace weir::diagnosis {

/// begin(), running() and result() may be called by any thread, go_on() by one.
class Trial {
 public:
  /// The tuner, which rests meanwhile, and the log may be null; all must outlive it.
  Trial(runtime::Network& network, tuning::Tuner* tuner, tuning::DecisionLog* decisions)
      : network_(network), tuner_(tuner), decisions_(decisions) {}

  /// Chooses the best change of the report that the graph allows. Empty, or why there is none.
  std::string begin(const Report& report);
  bool running() const;
  std::optional<Verification> result() const;

  /// Once a tick, not from a task, with the report of now if there is one.
  void go_on(const std::optional<Report>& now);

 private:
  enum class Stage : std::uint8_t { none, asked, measuring, over };

  void apply();
  void judge(const Report& now);
  void give_up(const std::string& why);
  void finish();

  runtime::Network& network_;
  tuning::Tuner* const tuner_;
  tuning::DecisionLog* const decisions_;
  mutable std::mutex mutex_;
  Stage stage_ = Stage::none;
  Verification result_;
  double least_window_s_ = 2;
  unsigned ticks_ = 0;
};

}  // namespace weir::diagnosis
