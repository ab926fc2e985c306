#include "file/_followed.hpp"

#include <algorithm>
#include <atomic>

#include "os/descriptors.hpp"

namespace weir::components {
namespace {

std::atomic<std::uint64_t> open_now{0};

std::uint64_t open_most() noexcept {
  return std::max<std::uint64_t>(os::descriptors_most() / 2, 8);
}

}  // namespace

// What has lost its name could not be opened again, and stays open.
void OpenFiles::close_beyond(std::uint64_t most) {
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
  close_beyond(open_most());
  if (!file.tail.open_again()) return Opened::lost;
  // Others have so many that this is one of those that are kept: do with it alone.
  if (os::is_kept_descriptor(file.tail.descriptor())) close_beyond(0);
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
