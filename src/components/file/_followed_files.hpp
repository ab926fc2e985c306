// The files that a file/read follows: finds them, recognises them through renames, and knows which
// of them have something to read. What a look costs follows what changes, not what exists.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "file/_followed.hpp"
#include "file/_selection.hpp"
#include "file/_troubles.hpp"
#include "file/_watch.hpp"
#include "weir/component.hpp"

namespace weir::components {

struct FollowOptions {
  FileSelection selection;
  LineReader::Options lines;
  /// Begin at the end of the files that are there at the start.
  bool from_end = false;
  /// How long a file that was renamed or removed is still read after its last data: its writer may
  /// not know yet.
  Duration linger{};
};

/// Used by one thread at a time.
class FollowedFiles {
 public:
  explicit FollowedFiles(FollowOptions options) : options_(std::move(options)) {}
  ~FollowedFiles();
  FollowedFiles(const FollowedFiles&) = delete;
  FollowedFiles& operator=(const FollowedFiles&) = delete;

  /// Finds the files. Throws Failure if a path can never be followed: a folder, a pipe.
  void start(Context& context);
  void stop() noexcept;
  /// Takes the news of the watch, and looks by itself once a second.
  void notice(Context& context);
  /// Has the process woken when there is something to notice.
  void wait(Context& context);

  /// A file that may have something to read, or null: of those of one path the oldest.
  Followed* next() noexcept;
  /// Opens it if it is not. False if it cannot be read now; then it is not ready any more.
  bool open(Followed& file, Context& context);
  /// Others have their turn before the one that next() has answered.
  void others_first();
  /// All of it was read.
  void rests(Followed& file);
  /// Reading it failed; it is tried again at the same place.
  void failed(Followed& file, const std::string& text, Context& context);
  /// It is read no more.
  void drop(Followed& file);
  void for_each(const std::function<void(Followed&)>& visit) {
    for (const auto& file : files_) visit(*file);
  }
  void say_troubles(Context& context) { troubles_.say(context); }

 private:
  struct Rotated {
    std::string named;
    std::uint64_t number;
  };

  // _followed_files.cpp
  void set_ready(Followed& file);
  void unset_ready(Followed& file) noexcept;
  bool pass_over_if_compressed(Followed& file, Context& context);
  void check_plain_paths() const;
  void look(Context& context);
  void look_at_gone(Context& context);
  void look_at_some();
  void retry_unreadable(Context& context);

  // _followed_search.cpp
  void scan(Context& context);
  void watch_folder(const std::string& folder, Context& context);
  void handle(const FolderEvent& event);
  void handle_name(const std::string& path, const FolderEvent& event);
  void take_in_changes(Context& context);
  void take_in_rotated(Context& context);
  /// Looks at what a path leads to now.
  void refresh(const std::string& path, Context& context);
  /// If the path leads elsewhere now, its file has lost it.
  void lose_if_gone(const std::string& path, Context& context);
  void lose(Followed& file, Context& context);
  void forget_path(const Followed& file);
  void drop_lost(Context& context);
  Followed& add(const std::string& path, const FileIdentity& identity, Context& context);
  void begin_at_end(Followed& file, Context& context);
  void chain(Followed& file, Followed* before) noexcept;
  void watch_target(const std::string& path, Context& context);

  FollowOptions options_;
  FolderWatch watch_;
  Troubles troubles_;
  OpenFiles open_;
  std::vector<std::unique_ptr<Followed>> files_;
  std::unordered_map<const Followed*, std::size_t> places_;
  std::map<FileIdentity, Followed*> by_identity_;
  std::unordered_map<std::string, Followed*> by_path_;
  // Where links lead, and the path that is a link.
  std::unordered_map<std::string, std::string> links_;
  // The newest file of a path.
  std::unordered_map<std::string, Followed*> newest_;
  std::deque<Followed*> ready_;
  std::vector<Followed*> gone_;
  // They have lost their name while they were closed.
  std::unordered_set<Followed*> lost_;
  std::unordered_set<Followed*> unreadable_;

  bool started_ = false;
  Time next_look_{};
  Time next_scan_{};
  bool scan_wanted_ = false;
  // Some folder is not watched, or is not there yet.
  bool polled_ = false;
  bool missing_ = false;
  std::unordered_set<std::string> said_polled_;
  // Folders that could not be looked into, and why.
  std::unordered_map<std::string, std::string> failed_folders_;
  std::size_t next_file_ = 0;
  std::size_t next_plain_ = 0;

  // What the events of one look have touched, in their order.
  std::vector<std::string> touched_;
  std::unordered_set<std::string> touched_set_;
  std::unordered_map<std::uint32_t, Rotated> moving_;
  std::unordered_map<std::string, Rotated> rotated_;
  std::uint64_t rotations_ = 0;
};

}  // namespace weir::components
