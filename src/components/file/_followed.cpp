#include "file/_followed.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>

namespace weir::components {
namespace {

std::atomic<std::uint64_t> open_now{0};

std::uint64_t open_most() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 1 << 16;
  return std::max<std::uint64_t>(limit.rlim_cur / 2, 8);
}

}  // namespace

// What has lost its name could not be opened again, and stays open.
void OpenFiles::make_room() {
  const std::uint64_t most = open_most();
  for (auto next = all_.begin();
       next != all_.end() && open_now.load(std::memory_order_relaxed) >= most;) {
    Followed& file = **next++;
    if (!file.gone_since) close(file);
  }
}

OpenFiles::Opened OpenFiles::open(Followed& file) {
  if (file.opened) {
    all_.splice(all_.end(), all_, *file.opened);
    return Opened::yes;
  }
  make_room();
  if (!file.tail.open_again()) return Opened::lost;
  file.opened = all_.insert(all_.end(), &file);
  open_now.fetch_add(1, std::memory_order_relaxed);
  return Opened::yes;
}

void OpenFiles::close(Followed& file) noexcept {
  if (!file.opened) return;
  all_.erase(*file.opened);
  file.opened.reset();
  file.tail.close();
  open_now.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace weir::components
