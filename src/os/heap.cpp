#include "os/heap.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <malloc.h>

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

namespace weir::os {

namespace {

constexpr const char* how_to =
    "start weir with jemalloc and its profiling: "
    "LD_PRELOAD=libjemalloc.so.2 MALLOC_CONF=prof:true weir run ... (package libjemalloc2)";

using Mallctl = int (*)(const char* name, void* old_value, std::size_t* old_size, void* new_value,
                        std::size_t new_size);

Mallctl find_mallctl() noexcept {
  static const auto found = reinterpret_cast<Mallctl>(::dlsym(RTLD_DEFAULT, "mallctl"));
  return found;
}

template <class T>
bool read(Mallctl mallctl, const char* name, T& value) noexcept {
  std::size_t size = sizeof value;
  return mallctl(name, &value, &size, nullptr, 0) == 0;
}

/// A file that nobody else sees, gone at the end.
class PrivateFile {
 public:
  PrivateFile() {
    const char* folder = std::getenv("TMPDIR");
    path_ =
        std::string(folder != nullptr && *folder != '\0' ? folder : "/tmp") + "/weir-heap-XXXXXX";
    descriptor_ = ::mkostemp(path_.data(), O_CLOEXEC);
  }
  ~PrivateFile() {
    if (descriptor_ < 0) return;
    ::unlink(path_.c_str());
    ::close(descriptor_);
  }
  PrivateFile(const PrivateFile&) = delete;
  PrivateFile& operator=(const PrivateFile&) = delete;

  bool is_there() const noexcept { return descriptor_ >= 0; }
  const std::string& path() const noexcept { return path_; }
  std::string content() const {
    std::ostringstream text;
    text << std::ifstream(path_, std::ios::binary).rdbuf();
    return text.str();
  }

 private:
  std::string path_;
  int descriptor_ = -1;
};

}  // namespace

std::uint64_t heap_bytes() noexcept {
  if (const Mallctl mallctl = find_mallctl()) {
    // The figures are those of the last epoch.
    std::uint64_t epoch = 1;
    mallctl("epoch", nullptr, nullptr, &epoch, sizeof epoch);
    std::size_t allocated = 0;
    if (read(mallctl, "stats.allocated", allocated)) return allocated;
  }
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 0;
#else
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
#endif
}

std::string heap_profile(std::string& why_not) {
  const Mallctl mallctl = find_mallctl();
  bool profiles = false;
  if (mallctl == nullptr) {
    why_not = std::string("The allocator makes no heap profiles; ") + how_to + ".";
    return {};
  }
  if (!read(mallctl, "opt.prof", profiles) || !profiles) {
    why_not = std::string("jemalloc is there, but it does not profile; ") + how_to + ".";
    return {};
  }
  const PrivateFile file;
  if (!file.is_there()) {
    why_not = "No file for the profile can be made in " + file.path() + ": " +
              std::strerror(errno) + "; set TMPDIR to a folder that can be written.";
    return {};
  }
  const char* path = file.path().c_str();
  if (const int error = mallctl("prof.dump", nullptr, nullptr, &path, sizeof path)) {
    why_not = "jemalloc could not write the profile to " + file.path() + ": " +
              std::strerror(error) + "; is there room?";
    return {};
  }
  return file.content();
}

}  // namespace weir::os
