#include "os/memory.hpp"

#include <unistd.h>

#include <fstream>

namespace weir::os {

std::uint64_t resident_bytes(const std::filesystem::path& process) {
  std::ifstream file(process / "statm");
  std::uint64_t total_pages = 0;
  std::uint64_t resident_pages = 0;
  if (!(file >> total_pages >> resident_pages)) return 0;
  return resident_pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace weir::os
