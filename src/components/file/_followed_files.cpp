#include "file/_followed_files.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

namespace weir::components {
namespace {

constexpr Duration look_every = std::chrono::seconds(1);
// So many of the files that are watched are looked at by themselves each second all the same.
constexpr std::size_t looked_at = 64;

}  // namespace

FollowedFiles::~FollowedFiles() {
  stop();
}

void FollowedFiles::stop() noexcept {
  for (const auto& file : files_) open_.close(*file);
  files_.clear();
  places_.clear();
  by_identity_.clear();
  by_path_.clear();
  newest_.clear();
  ready_.clear();
  gone_.clear();
  lost_.clear();
  unreadable_.clear();
  watch_.close();
}

void FollowedFiles::check_plain_paths() const {
  for (const std::string& path : options_.selection.plain()) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) continue;
    Tail tail(path, options_.lines);
    if (!S_ISREG(status.st_mode)) {
      if (S_ISDIR(status.st_mode)) tail.open();
      throw Failure(
          "io", fmt::format("cannot follow {}: it is not a regular file; leave out follow", path));
    }
    try {
      tail.open();
    } catch (const Failure&) {
      // It may be put right while weir runs.
      continue;
    }
    if (const std::string_view format = tail.compression(); !format.empty()) {
      throw Failure("io", fmt::format("cannot follow {}: it is compressed ({}); unpack it first",
                                      path, format));
    }
  }
}

void FollowedFiles::start(Context& context) {
  check_plain_paths();
  watch_.open();
  scan(context);
  if (files_.empty() && troubles_.empty()) {
    context.log(LogLevel::warning,
                fmt::format("there is no {} yet; waiting for it", options_.selection.text()));
  }
  troubles_.say(context);
  started_ = true;
  next_look_ = context.now() + look_every;
}

void FollowedFiles::notice(Context& context) {
  const bool complete = watch_.take([this](const FolderEvent& event) { handle(event); });
  if (!complete) {
    scan_wanted_ = true;
    // Nobody knows which of them have changed.
    for (const auto& file : files_) set_ready(*file);
  }
  take_in_changes(context);
  if (context.now() >= next_look_) look(context);
  if (scan_wanted_) scan(context);
  troubles_.say(context);
}

void FollowedFiles::look(Context& context) {
  const Time now = context.now();
  next_look_ = now + look_every;
  look_at_gone(context);
  look_at_some();
  retry_unreadable(context);
  const std::vector<std::string>& plain = options_.selection.plain();
  for (std::size_t i = 0; i < std::min(plain.size(), looked_at); ++i) {
    refresh(plain[next_plain_++ % plain.size()], context);
  }
  drop_lost(context);
  // A folder is listed seldom if its changes are told, and the more seldom the more it holds.
  if (now >= next_scan_ && (options_.selection.has_wildcards() || missing_)) {
    const auto files = static_cast<std::int64_t>(files_.size());
    const auto each = std::chrono::milliseconds(polled_ ? 1 : 10);
    const Duration least = polled_ || missing_ ? look_every : 30 * look_every;
    if (next_scan_ != Time()) scan_wanted_ = true;
    next_scan_ = now + std::max<Duration>(least, files * each);
  }
}

void FollowedFiles::look_at_gone(Context& context) {
  for (Followed* file : gone_) {
    if (file->tail.is_open() && !file->ready && file->tail.seems_changed()) set_ready(*file);
    if (file->over || file->ready || context.now() - *file->gone_since < options_.linger) continue;
    context.log(
        LogLevel::info,
        fmt::format(
            "{} was {} {} ago and has not grown since: it is read no more (linger)", file->named,
            file->tail.path() == file->named ? "removed" : "renamed to " + file->tail.path(),
            format_duration(
                std::chrono::floor<std::chrono::seconds>(context.now() - *file->gone_since))));
    file->over = true;
    set_ready(*file);
  }
}

void FollowedFiles::look_at_some() {
  const std::size_t count = polled_ ? files_.size() : std::min(files_.size(), looked_at);
  for (std::size_t i = 0; i < count; ++i) {
    Followed& file = *files_[next_file_++ % files_.size()];
    if (!file.ready && !file.passed_over && file.tail.seems_changed()) set_ready(file);
  }
}

void FollowedFiles::retry_unreadable(Context& context) {
  std::size_t tried = 0;
  const std::vector<Followed*> some(unreadable_.begin(), unreadable_.end());
  for (Followed* file : some) {
    if (tried++ == looked_at) break;
    if (open(*file, context)) set_ready(*file);
  }
}

void FollowedFiles::wait(Context& context) {
  context.wake_after(std::max(Duration(1), next_look_ - context.now()));
  if (watch_.descriptor() < 0) return;
  context.forget(watch_.descriptor());
  context.wake_when_readable(watch_.descriptor());
}

void FollowedFiles::set_ready(Followed& file) {
  if (file.ready || file.passed_over) return;
  file.ready = true;
  ready_.push_back(&file);
}

void FollowedFiles::unset_ready(Followed& file) noexcept {
  if (!std::exchange(file.ready, false)) return;
  // Nearly always it is the first.
  ready_.erase(std::find(ready_.begin(), ready_.end(), &file));
}

Followed* FollowedFiles::next() noexcept {
  if (ready_.empty()) return nullptr;
  Followed* file = ready_.front();
  for (Followed* older = file->before; older != nullptr; older = older->before) {
    if (older->ready && !older->caught_up) file = older;
  }
  return file;
}

void FollowedFiles::others_first() {
  ready_.push_back(ready_.front());
  ready_.pop_front();
}

bool FollowedFiles::open(Followed& file, Context& context) {
  try {
    if (open_.open(file) == OpenFiles::Opened::lost) {
      unset_ready(file);
      scan_wanted_ = true;
      return false;
    }
  } catch (const Failure& failure) {
    failed(file, failure.what(), context);
    return false;
  }
  if (unreadable_.erase(&file) != 0) troubles_.remove(file.named, true, context);
  return !pass_over_if_compressed(file, context);
}

bool FollowedFiles::pass_over_if_compressed(Followed& file, Context& context) {
  if (std::exchange(file.examined, true) || file.tail.offset() != 0) return false;
  const std::string_view format = file.tail.compression();
  if (format.empty()) return false;
  context.log(LogLevel::warning,
              fmt::format("{} is passed over: it is compressed ({}); to read it, unpack it first",
                          file.tail.path(), format));
  unset_ready(file);
  open_.close(file);
  file.passed_over = true;
  return true;
}

void FollowedFiles::rests(Followed& file) {
  unset_ready(file);
  // An empty file may still become anything.
  if (file.tail.offset() == 0) file.examined = false;
  file.tail.lines.shrink();
  file.tail.rest();
  file.rested = file.caught_up = true;
}

void FollowedFiles::failed(Followed& file, const std::string& text, Context& context) {
  unset_ready(file);
  unreadable_.insert(&file);
  troubles_.add(file.named, text, context);
}

void FollowedFiles::drop(Followed& file) {
  unset_ready(file);
  open_.close(file);
  if (file.before != nullptr) file.before->after = file.after;
  if (file.after != nullptr) file.after->before = file.before;
  const auto erase = [&](auto& from, const auto& key) {
    const auto found = from.find(key);
    if (found != from.end() && found->second == &file) from.erase(found);
  };
  erase(newest_, file.named);
  erase(by_path_, file.named);
  erase(by_path_, file.tail.path());
  erase(by_identity_, file.tail.identity());
  std::erase(gone_, &file);
  lost_.erase(&file);
  unreadable_.erase(&file);
  const std::size_t place = places_.at(&file);
  places_.erase(&file);
  if (place + 1 != files_.size()) {
    std::swap(files_[place], files_.back());
    places_[files_[place].get()] = place;
  }
  files_.pop_back();
}

}  // namespace weir::components
