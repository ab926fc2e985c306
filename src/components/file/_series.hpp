// The order in which files that match one pattern are read: by name, and of a file and what was
// rotated away from it (app.log, app.log.1, app.log-20240131) the oldest first. A pure function.
#pragma once

#include <string>
#include <vector>

namespace weir::components {

/// Sorts the paths; each is left once.
void sort_oldest_first(std::vector<std::string>& paths);
/// The path less what a rotation may have added to it: the same for all files of a series.
std::string series_of(const std::string& path);

}  // namespace weir::components
