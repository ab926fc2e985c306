#include "file/_output_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "file/_locks.hpp"

namespace weir::components {
namespace {

constexpr std::size_t block = 64 * 1024;
// A longer end without a line end is no torn line: the file holds something else than lines.
constexpr std::uint64_t torn_most = std::uint64_t{64} << 20;

std::string advice_for(int error, const std::string& path) {
  const std::size_t slash = path.rfind('/');
  switch (error) {
    case ENOENT:
      return fmt::format("; create the folder first: mkdir -p {}", path.substr(0, slash + 1));
    case EACCES:
    case EPERM: return "; the user that runs weir needs permission to write it";
    case EISDIR: return "; it is a folder: name a file in it";
    case ENXIO: return "; it is a named pipe that nobody reads";
    case EROFS: return "; the file system is read-only";
    case EMFILE:
    case ENFILE: return "; too many files are open: raise the limit (ulimit -n)";
    default: return "";
  }
}

ssize_t read_at(int descriptor, char* into, std::size_t size, std::uint64_t at) {
  ssize_t count;
  do {
    count = ::pread(descriptor, into, size, static_cast<off_t>(at));
  } while (count < 0 && errno == EINTR);
  return count;
}

/// Where the last line without an end begins; `size` if there is none. Nothing if the file cannot
/// be read, or that line is too long to be one.
std::optional<std::uint64_t> last_line_start(int reader, std::uint64_t size) {
  std::vector<char> part(block);
  for (std::uint64_t end = size; end != 0;) {
    const std::uint64_t begin = end - std::min<std::uint64_t>(end, block);
    const ssize_t count = read_at(reader, part.data(), end - begin, begin);
    if (count != static_cast<ssize_t>(end - begin)) return std::nullopt;
    const std::string_view text(part.data(), static_cast<std::size_t>(count));
    const std::size_t line_end = text.rfind('\n');
    if (line_end != std::string_view::npos) return begin + line_end + 1;
    end = begin;
    if (size - end > torn_most) return std::nullopt;
  }
  return 0;
}

bool write_all(int descriptor, const char* data, std::size_t size) {
  while (size != 0) {
    const ssize_t count = ::write(descriptor, data, size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    data += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace

void OutputFile::fail(const char* what, int error) const {
  throw Failure("io", fmt::format("cannot {} {}: {}{}", what, path_, std::strerror(error),
                                  advice_for(error, path_)));
}

OutputFile::Opened OutputFile::open(bool keep, Context& context) {
  // Not blocking, because opening a named pipe would wait for its reader. Not emptied before the
  // lock says that nobody else writes it.
  ScopedDescriptor fresh(::open(
      path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_APPEND, 0666));
  if (fresh.get() < 0) fail("write", errno);
  struct stat status {};
  if (::fstat(fresh.get(), &status) != 0) fail("write", errno);
  const bool regular = S_ISREG(status.st_mode);
  if (regular) {
    switch (lock_file(fresh.get(), {status.st_dev, status.st_ino})) {
      case Locked::yes: break;
      case Locked::impossible:
        context.log(LogLevel::warning,
                    fmt::format("{} cannot be locked on its file system: see to it that no other "
                                "program writes it",
                                path_));
        break;
      case Locked::by_this_program: return Opened::in_use;
      case Locked::by_another:
        throw Failure("io",
                      fmt::format("cannot write {}: {} writes it and holds its lock; give each a "
                                  "file of its own, or stop the other first",
                                  path_, lock_owner({status.st_dev, status.st_ino})));
    }
    fresh.set_locked({status.st_dev, status.st_ino});
    if (!keep && ::ftruncate(fresh.get(), 0) != 0) fail("empty", errno);
    if (::fstat(fresh.get(), &status) != 0) fail("write", errno);
  }
  close();
  descriptor_ = fresh.release();
  regular_ = regular;
  mid_line_ = false;
  device_ = status.st_dev;
  inode_ = status.st_ino;
  size_ = regular ? static_cast<std::uint64_t>(status.st_size) : 0;
  if (regular && size_ != 0) mend_end(descriptor_, context);
  return Opened::yes;
}

void OutputFile::close() noexcept {
  if (descriptor_ < 0) return;
  if (regular_) forget_lock({device_, inode_});
  ::close(descriptor_);
  descriptor_ = -1;
}

OutputFile::Fate OutputFile::glance() noexcept {
  struct stat status {};
  if (!regular_ || ::fstat(descriptor_, &status) != 0) return Fate::there;
  size_ = static_cast<std::uint64_t>(status.st_size);
  return status.st_nlink == 0 ? Fate::removed : Fate::there;
}

OutputFile::Fate OutputFile::look() noexcept {
  if (!regular_) return Fate::there;
  if (glance() == Fate::removed) return Fate::removed;
  struct stat status {};
  const bool same =
      ::stat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_;
  return same ? Fate::there : Fate::moved;
}

ssize_t OutputFile::write(const char* data, std::size_t size) noexcept {
  const ssize_t count = ::write(descriptor_, data, size);
  if (count > 0) size_ += static_cast<std::uint64_t>(count);
  return count;
}

bool OutputFile::take_back(std::size_t bytes) noexcept {
  struct stat status {};
  // After an appending write the descriptor stands behind what it wrote.
  const off_t end = ::lseek(descriptor_, 0, SEEK_CUR);
  if (!regular_ || ::fstat(descriptor_, &status) != 0) return false;
  if (end < static_cast<off_t>(bytes) || status.st_size != end) return false;
  if (::ftruncate(descriptor_, end - static_cast<off_t>(bytes)) != 0) return false;
  size_ = static_cast<std::uint64_t>(end) - bytes;
  return true;
}

// A crash may have torn the last line. It is moved out of the way, so that this file holds whole
// lines alone.
void OutputFile::mend_end(int descriptor, Context& context) {
  const ScopedDescriptor reader(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  const bool readable = reader.get() >= 0 && ::fstat(reader.get(), &status) == 0 &&
                        status.st_dev == device_ && status.st_ino == inode_;
  if (!readable) return;
  const std::optional<std::uint64_t> start = last_line_start(reader.get(), size_);
  if (start == size_) return;
  mid_line_ = true;
  std::string why = "it is too long for a line";
  if (start && move_to_torn(reader.get(), *start, size_, why)) {
    // Only what was looked at may be cut.
    const bool same =
        ::fstat(descriptor, &status) == 0 && static_cast<std::uint64_t>(status.st_size) == size_;
    if (same && ::ftruncate(descriptor, static_cast<off_t>(*start)) == 0) {
      context.log(LogLevel::warning,
                  fmt::format("{0} ended in the middle of a line, as after a crash; the {1} bytes "
                              "of it were moved to {0}.torn",
                              path_, size_ - *start));
      size_ = *start;
      mid_line_ = false;
      return;
    }
    why = "somebody else writes the file";
  }
  context.log(LogLevel::warning,
              fmt::format("{0} ended in the middle of a line, which could not be moved to {0}.torn "
                          "({1}); the next line begins on a new one",
                          path_, why));
}

bool OutputFile::move_to_torn(int reader, std::uint64_t from, std::uint64_t to,
                              std::string& why) const {
  const std::string path = path_ + ".torn";
  const ScopedDescriptor torn(::open(
      path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666));
  struct stat before {};
  if (torn.get() < 0 || ::fstat(torn.get(), &before) != 0) {
    why = std::strerror(errno);
    return false;
  }
  std::vector<char> part(block);
  for (std::uint64_t at = from; at < to;) {
    const ssize_t count = read_at(reader, part.data(), std::min<std::uint64_t>(block, to - at), at);
    if (count <= 0 || !write_all(torn.get(), part.data(), static_cast<std::size_t>(count))) {
      why = count == 0 ? "it became shorter" : std::strerror(errno);
      break;
    }
    at += static_cast<std::uint64_t>(count);
    if (at == to && write_all(torn.get(), "\n", 1) && ::fdatasync(torn.get()) == 0) return true;
  }
  if (S_ISREG(before.st_mode) && ::ftruncate(torn.get(), before.st_size) != 0) {
    why += "; a part of it stands there";
  }
  return false;
}

}  // namespace weir::components
