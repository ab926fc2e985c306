#include "file/_watch.hpp"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace weir::components {
namespace {

constexpr std::uint32_t wanted = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_MODIFY |
                                 IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

// Not in linux/magic.h.

constexpr unsigned long lustre_magic = 0x0BD00BD0;
constexpr unsigned long gpfs_magic = 0x47504653;

/// A file system whose files others change without a word; nothing for the rest.
std::string_view silent_file_system(const std::string& folder) {
  struct statfs status {};
  if (::statfs(folder.c_str(), &status) != 0) return {};
  switch (static_cast<unsigned long>(status.f_type) & 0xFFFFFFFFUL) {
    case NFS_SUPER_MAGIC: return "NFS";
    case SMB_SUPER_MAGIC:
    case SMB2_SUPER_MAGIC:
    case CIFS_SUPER_MAGIC: return "SMB";
    case FUSE_SUPER_MAGIC: return "FUSE";
    case V9FS_MAGIC: return "9P";
    case AFS_SUPER_MAGIC:
    case AFS_FS_MAGIC: return "AFS";
    case CEPH_SUPER_MAGIC: return "Ceph";
    case CODA_SUPER_MAGIC: return "Coda";
    case lustre_magic: return "Lustre";
    case gpfs_magic: return "GPFS";
    case PROC_SUPER_MAGIC: return "procfs";
    case SYSFS_MAGIC: return "sysfs";
    default: return {};
  }
}

}  // namespace

void FolderWatch::open() {
  descriptor_ = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor_ < 0) {
    why_ = fmt::format("inotify is not to be had ({}): raise fs.inotify.max_user_instances",
                       std::strerror(errno));
  }
}

void FolderWatch::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
  folders_.clear();
  watches_.clear();
}

FolderWatch::Added FolderWatch::add(const std::string& folder) {
  if (const std::string_view name = silent_file_system(folder); !name.empty()) {
    why_ = fmt::format("{} tells nothing of changes", name);
    return Added::polled;
  }
  if (descriptor_ < 0) return Added::polled;
  const int watch = ::inotify_add_watch(descriptor_, folder.c_str(), wanted);
  if (watch < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return Added::missing;
    why_ = errno == ENOSPC ? "there are no inotify watches left: raise fs.inotify.max_user_watches"
                           : fmt::format("it cannot be watched ({})", std::strerror(errno));
    return Added::polled;
  }
  const auto [known, added] = watches_.emplace(folder, watch);
  if (!added && known->second == watch) return Added::yes;
  if (!added) {
    std::erase(folders_[known->second], folder);
    known->second = watch;
  }
  folders_[watch].push_back(folder);
  return Added::yes;
}

bool FolderWatch::take(const std::function<void(const FolderEvent&)>& handle) {
  if (descriptor_ < 0) return true;
  bool complete = true;
  alignas(inotify_event) char news[65536];
  for (ssize_t size; (size = ::read(descriptor_, news, sizeof news)) > 0;) {
    for (const char* at = news; at < news + size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(at);
      at += sizeof(inotify_event) + event->len;
      if ((event->mask & IN_Q_OVERFLOW) != 0) complete = false;
      const auto folder = folders_.find(event->wd);
      if (folder == folders_.end()) continue;
      const std::string_view name =
          event->len != 0 ? std::string_view(event->name) : std::string_view();
      handle({folder->second, name, event->mask, event->cookie});
      if ((event->mask & (IN_IGNORED | IN_MOVE_SELF)) == 0) continue;
      // The path may lead to another folder, which has to be watched anew.
      if ((event->mask & IN_MOVE_SELF) != 0) ::inotify_rm_watch(descriptor_, event->wd);
      for (const std::string& path : folder->second) watches_.erase(path);
      folders_.erase(folder);
    }
  }
  return complete;
}

}  // namespace weir::components
