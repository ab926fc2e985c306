#include "os/cgroups.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

namespace weir::os {

namespace {

namespace fs = std::filesystem;

/// The lesser of two limits, where 0 is none.
double lesser(double left, double right) {
  if (left <= 0 || right <= 0) return std::max(left, right);
  return std::min(left, right);
}

double least_of_path(const fs::path& mount, const std::string& path, ReadLimit read) {
  double least = 0;
  fs::path group = fs::path(path).relative_path();
  for (;;) {
    least = lesser(least, read(mount / group));
    if (group.empty()) return least;
    group = group.parent_path();
  }
}

bool names_controller(const std::string& list, std::string_view controller) {
  std::istringstream names(list);
  for (std::string name; std::getline(names, name, ',');) {
    if (name == controller) return true;
  }
  return false;
}

}  // namespace

double least_limit(const KernelFiles& files, std::string_view controller, ReadLimit version_2,
                   ReadLimit version_1) {
  double least = 0;
  std::ifstream groups(files.process / "cgroup");
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    double found = 0;
    if (controllers.empty()) {
      found = least_of_path(files.cgroups, path, version_2);
      // Where both versions are in use, version 2 has a mount of its own.
      if (found == 0) found = least_of_path(files.cgroups / "unified", path, version_2);
    } else if (names_controller(controllers, controller)) {
      found = least_of_path(files.cgroups / controllers, path, version_1);
      if (found == 0) found = least_of_path(files.cgroups / controller, path, version_1);
    }
    least = lesser(least, found);
  }
  return least;
}

}  // namespace weir::os
