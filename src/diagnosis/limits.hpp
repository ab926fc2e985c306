// Names a bound of the model: the limit that a user reads.
#pragma once

#include "diagnosis/capacity_model.hpp"
#include "diagnosis/report.hpp"
#include "runtime/snapshot.hpp"

namespace weir::diagnosis {

/// With the explanation, but without the confidence.
Limit limit_of(const graph::Graph& graph, const Measured& measured, const Machine& machine,
               const CapacityModel& model, std::size_t bound);

/// Of a network in which nothing moves, since all wait for this process.
Limit limit_of_stall(const graph::Graph& graph, const runtime::NetworkSnapshot& network,
                     std::size_t process);

/// How far the verdict can be trusted, and why no further.
void judge_confidence(Limit& limit, const Measured& measured, const CapacityModel& model,
                      const Solution& solution);

/// "41,230"
std::string with_commas(double number);
/// "24.1 us", "3 ms"
std::string seconds_text(double seconds);

}  // namespace weir::diagnosis
