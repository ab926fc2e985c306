// What stays the same when a file is renamed.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <utility>

namespace weir::components {

using FileIdentity = std::pair<dev_t, ino_t>;

inline FileIdentity identity_of(const struct stat& status) noexcept {
  return {status.st_dev, status.st_ino};
}

}  // namespace weir::components
