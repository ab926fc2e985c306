// Sizes the connections of a network whose capacity is left to weir.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "graph/model.hpp"
#include "tuning/history.hpp"
#include "tuning/rates.hpp"
#include "tuning/sizing.hpp"

namespace weir::tuning {

struct SizeChange {
  std::size_t connection = 0;
  std::uint32_t from = 0;
  std::uint32_t to = 0;
};

/// A change of size that has come to rest: several steps, if need be.
struct SizeOutcome {
  SizeChange change;
  std::string why;
  /// Packets a second of its consumer, before and after; only for growth.
  std::optional<double> predicted_pps;
  double measured_pps = 0;
};

class Capacities {
 public:
  /// `memory` bytes may be queued together, 0 for no bound.
  Capacities(const graph::Graph& graph, const std::vector<Place>& places, std::uint64_t memory,
             double tick_s = usual_tick_s);

  /// By the rates of the last tick; `spare` workers had nothing to do. History has two readings at
  /// least.
  std::vector<SizeChange> plan(const History& history, const Rates& last, double spare);
  /// Changes that have come to rest at this tick.
  std::vector<SizeOutcome> settled(const Rates& rates);

 private:
  struct Sized {
    explicit Sized(double tick_s) : law(tick_s) {}
    std::size_t connection = 0;
    std::size_t producer = 0;
    std::size_t consumer = 0;
    SizeBounds bounds;
    Sizing law;
    double bytes_each = 0;
    // A change under way: since when it has been at rest, and how it was before.
    unsigned rests = 0;
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    double first_pps = 0;
    double first_loss = 0;
  };

  Flow flow_of(const Sized& sized, const History& history, const Rates& last, double spare) const;
  double queued_most(const History& history) const;

  const std::vector<Place>& places_;
  const double memory_;
  const unsigned ticks_of_rest_;
  std::vector<Sized> sized_;
};

}  // namespace weir::tuning
