// Rows of texts as a table for a terminal.
#pragma once

#include <string>
#include <vector>

namespace weir::diagnosis {

/// Columns as wide as they need, two blanks apart: the first to the left, the others to the right.
/// A line for each row; all have as many texts as the first.
std::string in_columns(const std::vector<std::vector<std::string>>& rows);

}  // namespace weir::diagnosis
