#include "os/cpus.hpp"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string_view>
#include <thread>
#include <vector>

namespace weir::os {

namespace {

namespace fs = std::filesystem;

unsigned affinity_cpus() {
  // The kernel refuses a mask that is smaller than its own.
  for (std::size_t cpus = 1024; cpus <= 1024 * 1024; cpus *= 2) {
    std::vector<cpu_set_t> mask((cpus + CPU_SETSIZE - 1) / CPU_SETSIZE);
    const std::size_t bytes = mask.size() * sizeof(cpu_set_t);
    if (sched_getaffinity(0, bytes, mask.data()) == 0) {
      return static_cast<unsigned>(CPU_COUNT_S(bytes, mask.data()));
    }
  }
  return std::thread::hardware_concurrency();
}

/// cpu.max: "max 100000" or "150000 100000". 0 if there is no quota.
double quota_v2(const fs::path& group) {
  std::ifstream file(group / "cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max" || period <= 0) return 0;
  return std::strtod(quota.c_str(), nullptr) / period;
}

double quota_v1(const fs::path& group) {
  std::ifstream quota_file(group / "cpu.cfs_quota_us");
  std::ifstream period_file(group / "cpu.cfs_period_us");
  double quota = 0;
  double period = 0;
  if (!(quota_file >> quota) || !(period_file >> period) || quota <= 0 || period <= 0) return 0;
  return quota / period;
}

/// The least quota of a group and those above it, for a limit may stand at any of them.
double least_quota(const fs::path& mount, const std::string& path,
                   double (*quota)(const fs::path&)) {
  double least = 0;
  fs::path group = fs::path(path).relative_path();
  for (;;) {
    const double found = quota(mount / group);
    if (found > 0) least = least > 0 ? std::min(least, found) : found;
    if (group.empty()) return least;
    group = group.parent_path();
  }
}

bool names_controller(std::string_view list, std::string_view controller) {
  std::istringstream names{std::string(list)};
  for (std::string name; std::getline(names, name, ',');) {
    if (name == controller) return true;
  }
  return false;
}

}  // namespace

double cgroup_cpus(const KernelFiles& files) {
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
      found = least_quota(files.cgroups, path, quota_v2);
      // Where both versions are in use, version 2 has a mount of its own.
      if (found == 0) found = least_quota(files.cgroups / "unified", path, quota_v2);
    } else if (names_controller(controllers, "cpu")) {
      found = least_quota(files.cgroups / controllers, path, quota_v1);
      if (found == 0) found = least_quota(files.cgroups / "cpu", path, quota_v1);
    }
    if (found > 0) least = least > 0 ? std::min(least, found) : found;
  }
  return least;
}

unsigned usable_cpus(const KernelFiles& files) {
  const unsigned cpus = std::max(1U, affinity_cpus());
  const double quota = cgroup_cpus(files);
  if (quota <= 0 || quota >= cpus) return cpus;
  return std::max(1U, static_cast<unsigned>(std::ceil(quota)));
}

}  // namespace weir::os
