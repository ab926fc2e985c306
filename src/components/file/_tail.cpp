#include "file/_tail.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace weir::components {
namespace {

std::string advice_for(int error) {
  switch (error) {
    case ENOENT: return "check the path; with follow: true it is waited for";
    case EACCES:
    case EPERM: return "the user that runs weir needs permission to read it";
    case EMFILE:
    case ENFILE: return "too many files are open: raise the limit (ulimit -n) or read fewer files";
    default: return "check the path";
  }
}

}  // namespace

Tail::~Tail() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Tail::open() {
  const auto fail = [&](const std::string& why) {
    throw Failure("io", fmt::format("cannot read {}: {}", path_, why));
  };
  // Not blocking, because opening a named pipe would wait for its writer.
  const int descriptor = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (descriptor < 0) {
    const int error = errno;
    fail(fmt::format("{}; {}", std::strerror(error), advice_for(error)));
  }
  descriptor_ = descriptor;
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) fail(std::strerror(errno));
  if (S_ISDIR(status.st_mode)) {
    fail(fmt::format("it is a folder; to read the files in it, write {}/*", path_));
  }
  regular_ = S_ISREG(status.st_mode);
  identity_ = {status.st_dev, status.st_ino};
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
}

ssize_t Tail::read() {
  const ssize_t count = lines.fill(descriptor_);
  if (count > 0) offset_ += static_cast<std::uint64_t>(count);
  return count;
}

bool Tail::restart_if_truncated() {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) return false;
  if (static_cast<std::uint64_t>(status.st_size) >= offset_) return false;
  ::lseek(descriptor_, 0, SEEK_SET);
  offset_ = 0;
  return true;
}

ChangeWatch::~ChangeWatch() {
  close();
}

void ChangeWatch::open() {
  descriptor_ = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
}

void ChangeWatch::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

int ChangeWatch::add_file(int file) {
  if (descriptor_ < 0) return -1;
  // By its descriptor, since the path may lead elsewhere by now.
  const std::string path = fmt::format("/proc/self/fd/{}", file);
  return ::inotify_add_watch(descriptor_, path.c_str(), IN_MODIFY | IN_MOVE_SELF | IN_ATTRIB);
}

void ChangeWatch::remove(int watch) {
  if (descriptor_ >= 0 && watch >= 0) ::inotify_rm_watch(descriptor_, watch);
}

void ChangeWatch::add_folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (descriptor_ < 0 || !folders_.insert(folder).second) return;
  if (::inotify_add_watch(descriptor_, folder.c_str(), IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0) {
    folders_.erase(folder);
  }
}

bool ChangeWatch::take_news() {
  if (descriptor_ < 0) return false;
  alignas(inotify_event) char news[4096];
  bool moved = false;
  for (ssize_t size; (size = ::read(descriptor_, news, sizeof news)) > 0;) {
    for (const char* at = news; at < news + size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(at);
      moved = moved || (event->mask & ~std::uint32_t{IN_MODIFY}) != 0;
      at += sizeof(inotify_event) + event->len;
    }
  }
  return moved;
}

}  // namespace weir::components
