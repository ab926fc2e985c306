// Locks of files that are written: flock() against other programs, and a list of what this program
// itself writes, since it may meet its own lock. Thread-safe.
#pragma once

#include <string>

#include "file/_identity.hpp"

namespace weir::components {

enum class Locked { yes, by_this_program, by_another, impossible };

/// Locks an open file for this program; no wait. After `yes` and `impossible` it is on the list
/// until forget_lock().
Locked lock_file(int descriptor, const FileIdentity& identity) noexcept;
/// The descriptor that locked the file is about to be closed.
void forget_lock(const FileIdentity& identity) noexcept;
/// Who holds the lock, for a message: "process 4711", or "another program" if that is not known.
std::string lock_owner(const FileIdentity& identity);

/// Closes a descriptor, and forgets its lock, unless it is released.
class ScopedDescriptor {
 public:
  explicit ScopedDescriptor(int descriptor) noexcept : descriptor_(descriptor) {}
  ~ScopedDescriptor();
  ScopedDescriptor(const ScopedDescriptor&) = delete;
  ScopedDescriptor& operator=(const ScopedDescriptor&) = delete;

  int get() const noexcept { return descriptor_; }
  void set_locked(const FileIdentity& identity) noexcept {
    identity_ = identity;
    locked_ = true;
  }
  int release() noexcept;

 private:
  int descriptor_;
  bool locked_ = false;
  FileIdentity identity_{};
};

}  // namespace weir::components
