#include "file/_locks.hpp"

#include <fmt/format.h>
#include <sys/file.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

namespace weir::components {
namespace {

struct Written {
  std::mutex mutex;
  std::set<FileIdentity> files;
};

Written& written() {
  static Written* const instance = new Written;
  return *instance;
}

}  // namespace

Locked lock_file(int descriptor, const FileIdentity& identity) noexcept {
  const std::lock_guard lock(written().mutex);
  if (written().files.contains(identity)) return Locked::by_this_program;
  int result;
  do {
    result = ::flock(descriptor, LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result != 0 && errno == EWOULDBLOCK) return Locked::by_another;
  written().files.insert(identity);
  return result == 0 ? Locked::yes : Locked::impossible;
}

void forget_lock(const FileIdentity& identity) noexcept {
  const std::lock_guard lock(written().mutex);
  written().files.erase(identity);
}

std::string lock_owner(const FileIdentity& identity) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> locks(std::fopen("/proc/locks", "re"),
                                                              std::fclose);
  char line[256];
  while (locks != nullptr && std::fgets(line, sizeof line, locks.get()) != nullptr) {
    long process = 0;
    unsigned major = 0;
    unsigned minor = 0;
    unsigned long inode = 0;
    if (std::sscanf(line, "%*d: FLOCK %*s WRITE %ld %x:%x:%lu", &process, &major, &minor, &inode) ==
            4 &&
        inode == identity.second && makedev(major, minor) == identity.first && process > 0) {
      return fmt::format("process {}", process);
    }
  }
  return "another program";
}

ScopedDescriptor::~ScopedDescriptor() {
  if (descriptor_ < 0) return;
  if (locked_) forget_lock(identity_);
  ::close(descriptor_);
}

int ScopedDescriptor::release() noexcept {
  locked_ = false;
  return std::exchange(descriptor_, -1);
}

}  // namespace weir::components
