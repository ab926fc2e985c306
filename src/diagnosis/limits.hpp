// Names a bound of the model: the limit that a user reads.
#pragma once

#include "diagnosis/capacity_model.hpp"
#include "diagnosis/report.hpp"
#include "runtime/snapshot.hpp"

namespace weir::diagnosis {

/// With the explanation, but without the confidence.
Limit limit_of(const graph::Graph& graph, const Measured& measured, const Machine& machine,
               const CapacityModel& model, std::size_t bound);

/// The memory budget holds the sources: the one that it holds most.
Limit limit_of_memory(const graph::Graph& graph, const Measured& measured);

/// "other programs have 1.00 of the 2 processors, and this one 0.99"
std::string others_text(const MachineReport& machine);
/// Others have the processors that the graph could use; without them `root` would limit it.
Limit limit_of_others(const MachineReport& machine, const Limit& root);

/// Of a network in which nothing moves, since all wait for this process.
Limit limit_of_stall(const graph::Graph& graph, const runtime::NetworkSnapshot& network,
                     std::size_t process);

/// How far the verdict can be trusted, and why no further. `from_outside` says that it is none of
/// the model's bounds, so that it is known why less flows than they allow.
void judge_confidence(Limit& limit, const Measured& measured, const CapacityModel& model,
                      const Solution& solution, bool from_outside);

/// "41,230"
std::string with_commas(double number);
/// "24.1 us", "3 ms"
std::string seconds_text(double seconds);

}  // namespace weir::diagnosis
