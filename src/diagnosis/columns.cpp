#include "diagnosis/columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace weir::diagnosis {

std::string in_columns(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  const auto end = std::back_inserter(out);
  for (const auto& row : rows) {
    fmt::format_to(end, "{:<{}}", row[0], widths[0]);
    for (std::size_t i = 1; i < row.size(); ++i) fmt::format_to(end, "  {:>{}}", row[i], widths[i]);
    out += '\n';
  }
  return out;
}

}  // namespace weir::diagnosis
