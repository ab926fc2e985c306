// How many processors this program may use.
#pragma once

#include "os/cgroups.hpp"

namespace weir::os {

/// The processors that the affinity mask and the control groups (cpu.max of version 2, the CFS
/// quota of version 1, along the whole path) leave to this program, rounded up; at least 1.
unsigned usable_cpus(const KernelFiles& files = {});

/// The quota of the control groups in processors; 0 if there is none.
double cgroup_cpus(const KernelFiles& files = {});

}  // namespace weir::os
