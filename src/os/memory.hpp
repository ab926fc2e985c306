// Memory of this program as the system sees it, and how much it may use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "os/cgroups.hpp"

namespace weir::os {

/// Resident memory in bytes; 0 if the system does not tell.
std::uint64_t resident_bytes(const std::filesystem::path& process = "/proc/self");

/// The most that it ever was.
std::uint64_t peak_resident_bytes(const std::filesystem::path& process = "/proc/self");

/// Bytes that this program may use: the least of the machine's memory and the limits of the control
/// groups (memory.max of version 2, memory.limit_in_bytes of version 1, along the whole path). 0 if
/// the system does not tell.
std::uint64_t usable_memory(const KernelFiles& files = {});

/// Address space that nobody uses, held so that there is some for the work of ending where a limit
/// on it (ulimit -v) has been reached. Takes no memory.
class MemoryReserve {
 public:
  explicit MemoryReserve(std::size_t bytes) noexcept;
  ~MemoryReserve() { release(); }
  MemoryReserve(const MemoryReserve&) = delete;
  MemoryReserve& operator=(const MemoryReserve&) = delete;
  void release() noexcept;

 private:
  void* space_;
  std::size_t bytes_;
};

/// Gives memory that was freed back to the system, after work that needed much and is over.
void return_free_memory() noexcept;

}  // namespace weir::os
