// The control groups that this program is in, of version 1 and 2, and the limits that they set.
#pragma once

#include <filesystem>
#include <string_view>

namespace weir::os {

/// Where the kernel tells about a process and its control group; other folders in tests.
struct KernelFiles {
  std::filesystem::path process = "/proc/self";
  std::filesystem::path cgroups = "/sys/fs/cgroup";
};

/// Reads one limit of the control group in this folder; 0 if it sets none.
using ReadLimit = double (*)(const std::filesystem::path& group);

/// The least limit of this program's groups and all those above them, for a limit may stand at any;
/// 0 if there is none. `controller` names the hierarchy of version 1: "cpu".
double least_limit(const KernelFiles& files, std::string_view controller, ReadLimit version_2,
                   ReadLimit version_1);

}  // namespace weir::os
