// What the kernel says of threads that could run and got no processor.
#pragma once

#include <filesystem>
#include <optional>

#include "weir/units.hpp"

namespace weir::os {

struct ProcessorWaits {
  /// Time that the threads of this program which are alive have waited, all together.
  Duration delay{};
  /// Processor time that the whole machine has spent, whoever for, the hypervisor's other guests
  /// included; absent where it cannot be read.
  std::optional<Duration> machine;
  /// Time in which at least one task of the machine waited (pressure stall information); absent
  /// where the kernel does not count it.
  std::optional<Duration> pressure;
};

/// Of `proc`/self/task/*/schedstat, `proc`/stat and `proc`/pressure/cpu. What is not there counts
/// as nothing.
ProcessorWaits processor_waits(const std::filesystem::path& proc = "/proc");

}  // namespace weir::os
