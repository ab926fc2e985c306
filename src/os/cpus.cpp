#include "os/cpus.hpp"

#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
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

}  // namespace

double cgroup_cpus(const KernelFiles& files) {
  return least_limit(files, "cpu", quota_v2, quota_v1);
}

unsigned usable_cpus(const KernelFiles& files) {
  const unsigned cpus = std::max(1U, affinity_cpus());
  const double quota = cgroup_cpus(files);
  if (quota <= 0 || quota >= cpus) return cpus;
  return std::max(1U, static_cast<unsigned>(std::ceil(quota)));
}

Duration processor_time() noexcept {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto duration = [](const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  };
  return duration(usage.ru_utime) + duration(usage.ru_stime);
}

}  // namespace weir::os
