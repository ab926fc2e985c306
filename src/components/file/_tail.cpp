#include "file/_tail.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace weir::components {
namespace {

// So many bytes before the offset show whether a file is still the one that was read.
constexpr std::size_t remembered = 256;

constexpr std::uint64_t small_file = std::uint64_t{1} << 20;

bool same(const timespec& left, const timespec& right) noexcept {
  return left.tv_sec == right.tv_sec && left.tv_nsec == right.tv_nsec;
}

struct Format {
  std::string_view name;
  std::string_view magic;
};
constexpr std::array formats{Format{"gzip", "\x1F\x8B"},
                             Format{"zstd", "\x28\xB5\x2F\xFD"},
                             Format{"bzip2", "BZh"},
                             Format{"xz", std::string_view("\xFD"
                                                           "7zXZ\0",
                                                           6)},
                             Format{"lz4", "\x04\x22\x4D\x18"},
                             Format{"zip", "PK\x03\x04"}};

/// File systems whose files are made up as they are read.
bool makes_files_up(int descriptor) noexcept {
  struct statfs status {};
  if (::fstatfs(descriptor, &status) != 0) return false;
  switch (static_cast<unsigned long>(status.f_type)) {
    case PROC_SUPER_MAGIC:
    case SYSFS_MAGIC:
    case DEBUGFS_MAGIC:
    case TRACEFS_MAGIC:
    case SECURITYFS_MAGIC:
    case CGROUP_SUPER_MAGIC:
    case CGROUP2_SUPER_MAGIC: return true;
    default: return false;
  }
}

}  // namespace

std::string explain_read_error(int error) {
  const std::string reason = std::strerror(error);
  switch (error) {
    case ENOENT: return reason + "; check the path; with follow: true it is waited for";
    case EACCES:
    case EPERM:
      return reason +
             "; the user that runs weir needs permission to read it and to enter its folder";
    case EMFILE:
    case ENFILE:
      return reason + "; too many files are open: raise the limit (ulimit -n) or read fewer files";
    default: return reason + "; check the path";
  }
}

void Tail::open() {
  const auto fail = [&](const std::string& why) {
    close();
    throw Failure("io", fmt::format("cannot read {}: {}", path_, why));
  };
  // Not blocking, because opening a named pipe would wait for its writer.
  const int descriptor = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (descriptor < 0) fail(explain_read_error(errno));
  close();
  descriptor_ = descriptor;
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) fail(std::strerror(errno));
  if (S_ISDIR(status.st_mode)) {
    fail(fmt::format("it is a folder; to read the files in it, write {}/*", path_));
  }
  regular_ = S_ISREG(status.st_mode);
  identity_ = identity_of(status);
  sizeless_ = sizeless_ || (regular_ && status.st_size == 0 && makes_files_up(descriptor));
}

void Tail::close() noexcept {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

bool Tail::open_again() {
  const FileIdentity wanted = identity_;
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR)) return false;
  open();
  if (identity_ != wanted) {
    close();
    identity_ = wanted;
    return false;
  }
  ::lseek(descriptor_, static_cast<off_t>(offset_), SEEK_SET);
  return true;
}

std::string_view Tail::compression() const {
  char bytes[6];
  const ssize_t count = regular_ ? ::pread(descriptor_, bytes, sizeof bytes, 0) : 0;
  const std::string_view head(bytes, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  for (const Format& format : formats) {
    if (head.starts_with(format.magic)) return format.name;
  }
  return {};
}

void Tail::skip_to_end() {
  constexpr off_t window = 65536;
  const off_t size = ::lseek(descriptor_, 0, SEEK_END);
  if (size <= 0) return;
  std::string last(static_cast<std::size_t>(std::min(size, window)), '\0');
  const off_t from = size - static_cast<off_t>(last.size());
  const ssize_t count = ::pread(descriptor_, last.data(), last.size(), from);
  last.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  const std::size_t line_end = last.rfind('\n');
  const off_t start =
      line_end == std::string::npos ? size : from + static_cast<off_t>(line_end) + 1;
  offset_ = static_cast<std::uint64_t>(::lseek(descriptor_, start, SEEK_SET));
  last.resize(std::min<std::size_t>(last.size(), static_cast<std::size_t>(start - from)));
  last_ = last.substr(last.size() - std::min(last.size(), remembered));
  if (start != 0) lines.enter_input();
}

ssize_t Tail::read() {
  const ssize_t count = lines.fill(descriptor_);
  if (count <= 0) return count;
  offset_ += static_cast<std::uint64_t>(count);
  if (regular_) remember(static_cast<std::size_t>(count));
  return count;
}

void Tail::remember(std::size_t count) {
  const std::string_view read = lines.last_filled(std::min(count, remembered));
  const std::size_t kept = std::min(last_.size(), remembered - read.size());
  last_.erase(0, last_.size() - kept);
  last_ += read;
}

bool Tail::starts_as_read() const {
  char bytes[remembered];
  const std::size_t size = last_.size();
  const ssize_t count = ::pread(descriptor_, bytes, size, static_cast<off_t>(offset_ - size));
  return count == static_cast<ssize_t>(size) && std::memcmp(bytes, last_.data(), size) == 0;
}

bool Tail::is_truncated() {
  struct stat status {};
  if (sizeless_ || ::fstat(descriptor_, &status) != 0) return false;
  if (static_cast<std::uint64_t>(status.st_size) >= offset_) return false;
  // Read anew, it has more than its size again: the size is wrong.
  sizeless_ = truncated_ == look_of(status);
  truncated_ = look_of(status);
  return !sizeless_;
}

Tail::Change Tail::look_for_change(bool modified) {
  struct stat status {};
  if (offset_ == 0 || sizeless_) return Change::none;
  if (is_truncated()) return Change::truncated;
  if (::fstat(descriptor_, &status) != 0 || look_of(status) == rested_) return Change::none;
  if (!starts_as_read()) return Change::rewritten;
  if (!modified || static_cast<std::uint64_t>(status.st_size) != offset_) return Change::none;
  // What was added would have made it longer. But for a large file it could be dear to take a mere
  // change of its times for a new content.
  const bool written = !same(status.st_mtim, rested_.changed) &&
                       same(status.st_mtim, status.st_ctim) && offset_ <= small_file;
  return written ? Change::rewritten : Change::none;
}

void Tail::rest() {
  struct stat status {};
  if (::fstat(descriptor_, &status) == 0) rested_ = look_of(status);
}

void Tail::restart() {
  ::lseek(descriptor_, 0, SEEK_SET);
  offset_ = 0;
  last_.clear();
  rested_ = {};
  lines.begin_input();
}

bool Tail::seems_changed() const {
  struct stat status {};
  const int result = is_open() ? ::fstat(descriptor_, &status) : ::stat(path_.c_str(), &status);
  if (result != 0) return false;
  return sizeless_ || !(look_of(status) == rested_);
}

}  // namespace weir::components
