#include "os/memory.hpp"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace weir::os {

namespace {

namespace fs = std::filesystem;

std::uint64_t physical_memory() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page_bytes = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page_bytes <= 0) return 0;
  return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_bytes);
}

/// Bytes; 0 for "max" and whatever else is no amount.
double read_bytes(const fs::path& path) {
  std::ifstream file(path);
  double bytes = 0;
  return file >> bytes && bytes > 0 ? bytes : 0;
}

double limit_v2(const fs::path& group) {
  return read_bytes(group / "memory.max");
}

// Where there is no limit, version 1 has a number beyond all memory.
double limit_v1(const fs::path& group) {
  return read_bytes(group / "memory.limit_in_bytes");
}

}  // namespace

std::uint64_t resident_bytes(const fs::path& process) {
  std::ifstream file(process / "statm");
  std::uint64_t total_pages = 0;
  std::uint64_t resident_pages = 0;
  if (!(file >> total_pages >> resident_pages)) return 0;
  return resident_pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::uint64_t peak_resident_bytes(const fs::path& process) {
  // Not getrusage(), which starts from what the parent had when it made this process.
  std::ifstream file(process / "status");
  for (std::string line; std::getline(file, line);) {
    std::uint64_t kibibytes = 0;
    if (line.starts_with("VmHWM:") && std::istringstream(line.substr(6)) >> kibibytes) {
      return kibibytes * 1024;
    }
  }
  return 0;
}

std::uint64_t usable_memory(const KernelFiles& files) {
  const std::uint64_t physical = physical_memory();
  const double limit = least_limit(files, "memory", limit_v2, limit_v1);
  if (limit <= 0) return physical;
  if (physical != 0 && limit >= static_cast<double>(physical)) return physical;
  return static_cast<std::uint64_t>(limit);
}

MemoryReserve::MemoryReserve(std::size_t bytes) noexcept
    : space_(::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)),
      bytes_(bytes) {}

void MemoryReserve::release() noexcept {
  if (space_ != MAP_FAILED) ::munmap(space_, bytes_);
  space_ = MAP_FAILED;
}

void return_free_memory() noexcept {
  ::malloc_trim(0);
}

}  // namespace weir::os
