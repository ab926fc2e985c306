// Watches folders by inotify: what in them changes, comes and goes. One watch serves all files of a
// folder, so that ten thousand files cost no more than one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weir::components {

/// Something happened to a name in a watched folder, or to the folder itself (an empty name).
struct FolderEvent {
  /// The folder, as it was spelt when it was added; all of its spellings.
  const std::vector<std::string>& folders;
  std::string_view name;
  /// Bits of inotify(7).
  std::uint32_t mask;
  /// The same for both halves of a rename.
  std::uint32_t cookie;
};

/// Used by one thread at a time.
class FolderWatch {
 public:
  FolderWatch() = default;
  ~FolderWatch() { close(); }
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  void open();
  void close();
  /// To be woken by, -1 if there is none.
  int descriptor() const noexcept { return descriptor_; }

  enum class Added {
    yes,
    /// There is no such folder now.
    missing,
    /// Its changes are not told: it has to be looked at. See why().
    polled
  };
  /// Watches a folder; again is harmless, and needed where the path may lead elsewhere by now.
  Added add(const std::string& folder);
  /// Why the last folder is polled.
  const std::string& why() const noexcept { return why_; }

  /// Hands over what has happened; false if some of it was lost, so that all must be looked at.
  bool take(const std::function<void(const FolderEvent&)>& handle);

 private:
  int descriptor_ = -1;
  std::string why_;
  std::unordered_map<int, std::vector<std::string>> folders_;
  std::unordered_map<std::string, int> watches_;
};

}  // namespace weir::components
