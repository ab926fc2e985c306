// Memory of this program as the system sees it.
#pragma once

#include <cstdint>
#include <filesystem>

namespace weir::os {

/// Resident memory in bytes; 0 if the system does not tell.
std::uint64_t resident_bytes(const std::filesystem::path& process = "/proc/self");

}  // namespace weir::os
