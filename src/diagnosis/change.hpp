// One thing that could be different: what a what-if asks about, and what a report proposes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace weir::diagnosis {

struct Change {
  enum class What : std::uint8_t { concurrency, service, rate, pool_max, workers };
  What what = What::concurrency;
  /// Of the graph, for the first three; for pool_max the resource.
  std::size_t index = 0;
  /// The name of that.
  std::string name;
  /// Units, a factor, packets a second, resources or workers.
  double value = 1;
};

/// As a user writes it after --if: "parse.concurrency=4", "write.service=-50%", "db.max=20",
/// "workers=4".
std::string to_text(const Change& change);

}  // namespace weir::diagnosis
