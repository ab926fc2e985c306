// How followed files are found, lost and recognised.
#include <fmt/format.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "file/_followed_files.hpp"
#include "file/_series.hpp"

namespace weir::components {

void FollowedFiles::watch_folder(const std::string& folder, Context& context) {
  switch (watch_.add(folder)) {
    case FolderWatch::Added::yes: break;
    case FolderWatch::Added::missing: missing_ = true; break;
    case FolderWatch::Added::polled:
      polled_ = true;
      if (!said_polled_.insert(watch_.why()).second) break;
      context.log(LogLevel::warning,
                  fmt::format("changes in {} are looked for once a second, file by file: {}",
                              folder, watch_.why()));
  }
}

// A link tells nothing of its target: that is watched where it lies.
void FollowedFiles::watch_target(const std::string& path, Context& context) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISLNK(status.st_mode)) return;
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         std::free);
  if (real == nullptr) return;
  links_[real.get()] = path;
  watch_folder(folder_of(real.get()), context);
}

void FollowedFiles::scan(Context& context) {
  scan_wanted_ = polled_ = missing_ = false;
  std::unordered_map<std::string, std::string> failed;
  PatternVisitor visitor;
  visitor.folder = [&](const std::string& folder) { watch_folder(folder, context); };
  visitor.failed = [&](const std::string& folder, int error) {
    failed[folder] = fmt::format("cannot look into {}: {}", folder, explain_read_error(error));
  };
  for (const std::string& path : options_.selection.plain()) {
    watch_folder(folder_of(path), context);
  }
  const std::vector<std::string> found = options_.selection.expand(visitor);
  const std::unordered_set<std::string> all(found.begin(), found.end());
  std::vector<std::string> known;
  for (const auto& [path, file] : by_path_) {
    if (!all.contains(path)) known.push_back(path);
  }
  for (const std::string& path : known) refresh(path, context);
  Followed* last = nullptr;
  for (const std::string& path : found) {
    const std::size_t before = files_.size();
    refresh(path, context);
    if (files_.size() == before) continue;
    Followed* file = files_.back().get();
    // What was rotated away before the start comes before what came after it.
    const bool series = last != nullptr && series_of(last->named) == series_of(path);
    if (series && file->before == nullptr && last->after == nullptr) chain(*file, last);
    last = file;
  }
  drop_lost(context);
  for (const auto& [folder, text] : failed) troubles_.add(folder, text, context);
  failed_folders_.swap(failed);
  for (const auto& [folder, text] : failed) {
    if (!failed_folders_.contains(folder)) troubles_.remove(folder, true, context);
  }
}

void FollowedFiles::handle(const FolderEvent& event) {
  if (event.name.empty() || (event.mask & IN_ISDIR) != 0) {
    constexpr std::uint32_t came_or_went = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                           IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED;
    if ((event.mask & came_or_went) != 0) scan_wanted_ = true;
    return;
  }
  for (const std::string& folder : event.folders) {
    const std::string path = join_path(folder, event.name);
    const auto link = links_.find(path);
    handle_name(path, event);
    if (link != links_.end()) handle_name(link->second, event);
  }
}

void FollowedFiles::handle_name(const std::string& path, const FolderEvent& event) {
  const auto known = by_path_.find(path);
  if ((event.mask & (IN_MODIFY | IN_ATTRIB)) != 0) {
    if (known == by_path_.end()) return;
    Followed& file = *known->second;
    file.modified = file.modified || (event.mask & IN_MODIFY) != 0;
    file.touched = file.touched || (event.mask & IN_ATTRIB) != 0;
    return set_ready(file);
  }
  if (known == by_path_.end() && !options_.selection.selects(path) && !rotated_.contains(path) &&
      !moving_.contains(event.cookie)) {
    return;
  }
  if (touched_set_.insert(path).second) touched_.push_back(path);
  if ((event.mask & IN_MOVED_FROM) != 0) {
    const auto again = rotated_.find(path);
    if (again != rotated_.end()) {
      moving_.insert_or_assign(event.cookie, again->second);
      rotated_.erase(again);
    } else if (options_.selection.selects(path)) {
      moving_.insert_or_assign(event.cookie, Rotated{path, ++rotations_});
    } else if (known != by_path_.end()) {
      moving_.insert_or_assign(event.cookie, Rotated{known->second->named, 0});
    }
  } else if ((event.mask & IN_MOVED_TO) != 0) {
    const auto from = moving_.find(event.cookie);
    if (from == moving_.end()) return;
    rotated_.insert_or_assign(path, from->second);
    moving_.erase(from);
  }
}

// First what has lost its path, then what was rotated away without having been seen under its path,
// the oldest first, and then what the paths lead to now.
void FollowedFiles::take_in_changes(Context& context) {
  if (touched_.empty()) return;
  for (const std::string& path : touched_) lose_if_gone(path, context);
  take_in_rotated(context);
  for (const std::string& path : touched_) refresh(path, context);
  drop_lost(context);
  touched_.clear();
  touched_set_.clear();
  moving_.clear();
}

void FollowedFiles::take_in_rotated(Context& context) {
  std::vector<std::pair<std::string, Rotated>> all(rotated_.begin(), rotated_.end());
  rotated_.clear();
  std::sort(all.begin(), all.end(), [](const auto& left, const auto& right) {
    return left.second.number < right.second.number;
  });
  for (const auto& [path, rotated] : all) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    if (by_identity_.contains(identity_of(status)) || options_.selection.selects(path)) continue;
    Followed& file = add(path, identity_of(status), context);
    file.named = rotated.named;
    Followed*& newest = newest_[rotated.named];
    if (newest != nullptr && newest != &file) chain(file, newest);
    newest = &file;
    newest_.erase(path);
    file.gone_since = context.now();
    gone_.push_back(&file);
  }
}

void FollowedFiles::lose_if_gone(const std::string& path, Context& context) {
  const auto known = by_path_.find(path);
  if (known == by_path_.end()) return;
  struct stat status {};
  const bool there = ::stat(path.c_str(), &status) == 0;
  if (there && identity_of(status) == known->second->tail.identity()) return;
  if (!there && errno != ENOENT && errno != ENOTDIR) return;
  lose(*known->second, context);
}

void FollowedFiles::forget_path(const Followed& file) {
  const auto known = by_path_.find(file.tail.path());
  if (known != by_path_.end() && known->second == &file) by_path_.erase(known);
}

void FollowedFiles::lose(Followed& file, Context& context) {
  forget_path(file);
  lost_.insert(&file);
  if (file.gone_since) return;
  file.gone_since = context.now();
  file.caught_up = false;
  gone_.push_back(&file);
  // Its last lines come before those of its successor.
  set_ready(file);
}

// Whoever has lost his name and was closed cannot be found again.
void FollowedFiles::drop_lost(Context& context) {
  const std::vector<Followed*> all(lost_.begin(), lost_.end());
  lost_.clear();
  for (Followed* file : all) {
    if (file->tail.is_open() && !file->passed_over) continue;
    if (file->modified) {
      context.log(LogLevel::warning,
                  fmt::format("{} was removed before what was last added to it could be read",
                              file->named));
    }
    troubles_.remove(file->named, false, context);
    drop(*file);
  }
}

void FollowedFiles::refresh(const std::string& path, Context& context) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    const int error = errno;
    lose_if_gone(path, context);
    if (error == ENOENT || error == ENOTDIR) {
      troubles_.remove(path, false, context);
    } else if (options_.selection.selects(path)) {
      troubles_.add(path, fmt::format("cannot read {}: {}", path, explain_read_error(error)),
                    context);
    }
    return;
  }
  const FileIdentity identity = identity_of(status);
  const auto known = by_path_.find(path);
  if (known != by_path_.end()) {
    if (known->second->tail.identity() == identity) return;
    lose(*known->second, context);
  }
  const bool selected = options_.selection.selects(path);
  const auto same = by_identity_.find(identity);
  if (same != by_identity_.end()) {
    Followed& file = *same->second;
    struct stat other {};
    const bool has_name = !lost_.contains(&file) && ::stat(file.tail.path().c_str(), &other) == 0 &&
                          identity_of(other) == identity && by_path_.contains(file.tail.path());
    if (has_name) return;
    forget_path(file);
    file.tail.set_path(path);
    by_path_[path] = &file;
    lost_.erase(&file);
    if (selected && file.gone_since) {
      file.gone_since.reset();
      std::erase(gone_, &file);
    }
    return;
  }
  if (!selected) return;
  if (!S_ISREG(status.st_mode)) {
    const bool folder = S_ISDIR(status.st_mode);
    if (folder && options_.selection.has_wildcards()) return;
    troubles_.add(
        path,
        fmt::format("cannot follow {}: it is {}", path, folder ? "a folder" : "not a regular file"),
        context);
    return;
  }
  troubles_.remove(path, true, context);
  add(path, identity, context);
}

Followed& FollowedFiles::add(const std::string& path, const FileIdentity& identity,
                             Context& context) {
  files_.push_back(std::make_unique<Followed>(path, identity, options_.lines));
  Followed& file = *files_.back();
  places_[&file] = files_.size() - 1;
  by_identity_[identity] = &file;
  by_path_[path] = &file;
  Followed*& newest = newest_[path];
  if (newest != nullptr) chain(file, newest);
  newest = &file;
  watch_target(path, context);
  if (started_) {
    context.log(LogLevel::info, fmt::format("now reading {}", path));
  } else if (options_.from_end) {
    begin_at_end(file, context);
    return file;
  }
  set_ready(file);
  return file;
}

void FollowedFiles::begin_at_end(Followed& file, Context& context) {
  if (!open(file, context)) return;
  file.tail.skip_to_end();
  rests(file);
}

void FollowedFiles::chain(Followed& file, Followed* before) noexcept {
  file.before = before;
  file.after = before->after;
  if (file.after != nullptr) file.after->before = &file;
  before->after = &file;
}

}  // namespace weir::components
