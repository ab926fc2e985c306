// How many processors this program may use, and how long it has.
#pragma once

#include "os/cgroups.hpp"
#include "weir/units.hpp"

namespace weir::os {

/// The processors that the affinity mask and the control groups (cpu.max of version 2, the CFS
/// quota of version 1, along the whole path) leave to this program, rounded up; at least 1.
unsigned usable_cpus(const KernelFiles& files = {});

/// The quota of the control groups in processors; 0 if there is none.
double cgroup_cpus(const KernelFiles& files = {});

/// Processor time of all threads of this program so far, its own and the system's for it.
Duration processor_time() noexcept;

}  // namespace weir::os
