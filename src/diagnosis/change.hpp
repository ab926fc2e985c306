// One thing that could be different: what a what-if asks about, and what a report proposes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "graph/model.hpp"

namespace weir::diagnosis {

struct Change {
  enum class What : std::uint8_t { concurrency, service, rate, pool_max, workers, cores };
  What what = What::concurrency;
  /// Of the graph, for the first three; for pool_max the resource.
  std::size_t index = 0;
  /// The name of that.
  std::string name;
  /// Units, a factor, packets a second, resources, workers or processors of the machine.
  double value = 1;
};

/// As a user writes it after --if: "parse.concurrency=4", "write.service=-50%", "db.max=20",
/// "workers=4", "cores=3".
std::string to_text(const Change& change);

/// Reads a change as a user writes it after --if. Throws std::invalid_argument with what is wrong
/// and what would be right.
Change parse_change(const std::string& text, const graph::Graph& graph);
/// The same from its parts: `of` a process, a resource, or empty for the machine; `what` is
/// concurrency, service, rate, max, workers or cores. Throws std::invalid_argument.
Change make_change(const std::string& of, const std::string& what, double value,
                   const graph::Graph& graph);

}  // namespace weir::diagnosis
