// Reads files line by line, and follows them while they grow, are rotated or appear.

#include <fmt/format.h>
#include <glob.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "file/_tail.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::components {
namespace {

constexpr std::size_t lines_per_step = 512;
constexpr unsigned reads_per_step = 16;
constexpr Duration look_every = std::chrono::seconds(1);
// How long a file that was renamed or removed is still read: its writer may not know yet.
constexpr Duration linger = std::chrono::seconds(5);

/// The paths that match, by name.
std::vector<std::string> expand(const std::string& pattern) {
  std::vector<std::string> paths;
  glob_t found{};
  if (::glob(pattern.c_str(), GLOB_MARK, nullptr, &found) == 0) {
    for (std::size_t i = 0; i < found.gl_pathc; ++i) {
      std::string path = found.gl_pathv[i];
      if (!path.ends_with('/')) paths.push_back(std::move(path));
    }
  }
  ::globfree(&found);
  return paths;
}

class Read final : public Process {
 public:
  explicit Read(const Config& config)
      : path_(config.text("path")),
        follow_(config.boolean("follow")),
        pattern_(config.boolean("glob") && path_.find_first_of("*?[") != std::string::npos),
        from_end_(config.text("from") == "end"),
        options_{static_cast<std::size_t>(config.size("max_line")), config.boolean("strip_cr")} {}

  void start(Context& context) override {
    if (follow_) {
      watch_.open();
      look(context);
      if (tails_.empty()) {
        context.log(LogLevel::warning, fmt::format("there is no {} yet; waiting for it", path_));
      }
      from_end_ = false;
      next_look_ = context.now() + look_every;
      return;
    }
    for (std::string& path : pattern_ ? expand(path_) : std::vector<std::string>{path_}) {
      tails_.push_back(std::make_unique<Tail>(std::move(path), options_));
    }
    if (tails_.empty()) {
      throw Failure("io",
                    fmt::format("no file matches {}: check the pattern; with follow: true files "
                                "are waited for",
                                path_));
    }
    if (!pattern_) tails_.front()->open();
  }

  Step step(Context& context) override {
    if (follow_ && !context.stopping()) notice_changes(context);
    std::size_t room = std::min(context.room(), lines_per_step);
    unsigned reads = 0;
    // Files looked at in a row that have nothing more for now.
    for (std::size_t quiet = 0; quiet < tails_.size();) {
      if (room == 0) return context.room() == 0 ? Step::output_full : Step::yield;
      if (current_ >= tails_.size()) current_ = 0;
      Tail& tail = *tails_[current_];
      if (!tail.is_open()) {
        if (context.stopping()) {
          drop(context);
          continue;
        }
        if (!open(tail, context)) continue;
      }
      const std::size_t emitted = tail.lines.emit(room, tail.path(), context.out());
      room -= emitted;
      if (emitted != 0) continue;
      if (context.stopping()) {
        leave(context);
        continue;
      }
      const ssize_t count = tail.is_regular() || readable(tail) ? tail.read() : -1;
      if (count > 0) {
        if (++reads == reads_per_step) return Step::yield;
        quiet = 0;
        if (tail.gone_since) tail.gone_since = context.now();
        // Files that grow have turns; one that was rotated away comes before its successor.
        room -= tail.lines.emit(room, tail.path(), context.out());
        if (follow_ && room != 0 && !tail.gone_since) ++current_;
      } else if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
        context.forget(tail.descriptor());
        context.wake_when_readable(tail.descriptor());
        return Step::waiting;
      } else if (count < 0) {
        give_up(tail, context);
        quiet = 0;
      } else if (rests_at_end(tail, room, context)) {
        ++quiet;
        ++current_;
      } else {
        quiet = 0;
      }
    }
    if (!follow_ || context.stopping()) return Step::done;
    wait(context);
    return Step::waiting;
  }

  void stop() noexcept override {
    tails_.clear();
    watch_.close();
  }

 private:
  static bool readable(const Tail& tail) {
    pollfd wanted{tail.descriptor(), POLLIN, 0};
    const bool ready = ::poll(&wanted, 1, 0) > 0;
    if (!ready) errno = EAGAIN;
    return ready;
  }

  /// Opens a file whose turn has come; one that cannot be read is passed over.
  bool open(Tail& tail, Context& context) {
    try {
      tail.open();
      return true;
    } catch (const Failure& failure) {
      context.out().report(failure.kind(), failure.what());
      tails_.erase(tails_.begin() + static_cast<std::ptrdiff_t>(current_));
      return false;
    }
  }

  void drop(Context& context) {
    const Tail& tail = *tails_[current_];
    context.forget(tail.descriptor());
    watch_.remove(tail.watch);
    tails_.erase(tails_.begin() + static_cast<std::ptrdiff_t>(current_));
  }

  /// Reading failed for good.
  void give_up(Tail& tail, Context& context) {
    const std::string why = fmt::format("reading failed ({})", std::strerror(errno));
    context.out().report("io", fmt::format("{}: {} at byte {}; the rest of it is left out",
                                           tail.path(), why, tail.offset()));
    tail.lines.fail_rest(tail.path(), why, context.out());
    drop(context);
  }

  /// The end of the file was reached. True if it may go on later; false if there is more already,
  /// or this was the last of it.
  bool rests_at_end(Tail& tail, std::size_t& room, Context& context) {
    if (follow_ && restarted(tail, context)) {
      --room;
      return false;
    }
    const bool over = !follow_ || (tail.gone_since && context.now() - *tail.gone_since >= linger);
    if (!over) {
      tail.lines.give_back();
      return true;
    }
    room -= tail.lines.emit_rest(tail.path(), context.out()) ? 1 : 0;
    drop(context);
    return false;
  }

  /// The network drains: the lines of this file that were read are on their way.
  void leave(Context& context) {
    Tail& tail = *tails_[current_];
    if (tail.is_regular()) {
      context.log(LogLevel::debug,
                  fmt::format("stopped reading {} before byte {}", tail.path(),
                              tail.offset() - std::min(tail.offset(), tail.lines.rest())));
    } else {
      tail.lines.fail_rest(tail.path(), "reading was stopped", context.out());
    }
    drop(context);
  }

  bool restarted(Tail& tail, Context& context) {
    if (!tail.restart_if_truncated()) return false;
    context.log(LogLevel::info,
                fmt::format("{} was truncated; reading it from its start", tail.path()));
    tail.lines.fail_rest(tail.path(), "the file was truncated", context.out());
    return true;
  }

  void notice_changes(Context& context) {
    const bool moved = watch_.take_news();
    if (!moved && context.now() < next_look_) return;
    next_look_ = context.now() + look_every;
    look(context);
  }

  /// Looks for files that are new, and for those whose path leads elsewhere now.
  void look(Context& context) {
    watch_.add_folder_of(path_);
    std::vector<FileIdentity> seen;
    for (const std::string& path : pattern_ ? expand(path_) : std::vector<std::string>{path_}) {
      struct stat status {};
      if (::stat(path.c_str(), &status) != 0) continue;
      const FileIdentity identity{status.st_dev, status.st_ino};
      seen.push_back(identity);
      const auto known = std::find_if(tails_.begin(), tails_.end(), [&](const auto& tail) {
        return tail->identity() == identity;
      });
      if (known != tails_.end()) {
        (*known)->set_path(path);
      } else {
        add(path, context);
      }
    }
    for (std::size_t i = tails_.size(); i-- > 0;) {
      Tail& tail = *tails_[i];
      if (std::find(seen.begin(), seen.end(), tail.identity()) != seen.end()) {
        tail.gone_since.reset();
      } else if (!tail.gone_since) {
        tail.gone_since = context.now();
        current_ = i;
      }
    }
  }

  void add(const std::string& path, Context& context) {
    auto tail = std::make_unique<Tail>(path, options_);
    try {
      tail->open();
      if (!tail->is_regular()) {
        throw Failure(
            "io",
            fmt::format("cannot follow {}: it is not a regular file; leave out follow", path));
      }
    } catch (const Failure& failure) {
      // Files of a pattern, and those that come later, may be put right while weir runs.
      if (!pattern_ && tails_.empty() && next_look_ == Time()) throw;
      if (refused_ != failure.what()) context.out().report(failure.kind(), failure.what());
      refused_ = failure.what();
      return;
    }
    if (from_end_) tail->skip_to_end();
    tail->watch = watch_.add_file(tail->descriptor());
    watch_.add_folder_of(path);
    if (next_look_ != Time()) context.log(LogLevel::info, fmt::format("now reading {}", path));
    tails_.push_back(std::move(tail));
  }

  void wait(Context& context) {
    context.wake_after(std::max(Duration(1), next_look_ - context.now()));
    if (watch_.descriptor() < 0) return;
    context.forget(watch_.descriptor());
    context.wake_when_readable(watch_.descriptor());
  }

  std::string path_;
  bool follow_;
  bool pattern_;
  bool from_end_;
  LineReader::Options options_;
  ChangeWatch watch_;
  std::vector<std::unique_ptr<Tail>> tails_;
  std::size_t current_ = 0;
  Time next_look_{};
  std::string refused_;
};

void check(const Config& config, Problems& problems) {
  if (config.text("from") == "end" && !config.boolean("follow")) {
    problems.error(config.at("from"), "from: end reads nothing without follow: true");
  }
  if (config.has("path") && config.text("path").empty()) {
    problems.error(config.at("path"),
                   "path is empty: name a file, or a pattern such as logs/*.log");
  }
}

const ComponentSpec spec{
    .name = "file/read",
    .summary = "Reads a file line by line, and follows it if asked",
    .doc =
        "Sends one packet of bytes for each line, without the line end. The path may be a pattern "
        "such "
        "as `logs/*.log`; the files are then read one after the other by name. A last line without "
        "a "
        "line end is a line too.\n\n"
        "With `follow: true` it does not end: it waits for the files to grow, for new files that "
        "match, and for a file that is not there yet. A file that was renamed (rotated) is read to "
        "its "
        "end before the new one of that name; one that was truncated is read again from its start. "
        "Then a line without its end is unfinished: it waits for the rest.\n\n"
        "A line longer than `max_line` goes to `error` with kind `too_long` and its first 1024 "
        "bytes; "
        "it is never held in memory. A file that cannot be read stops the start of the network. "
        "Named "
        "pipes are read until their writers have gone.",
    .outputs = {{.name = "out", .doc = "A packet for each line", .type = PayloadType::bytes}},
    .options = {{.name = "path",
                 .type = OptionType::text,
                 .doc = "The file to read, or a pattern with `*`, `?` or `[...]`.",
                 .required = true},
                {.name = "follow",
                 .type = OptionType::boolean,
                 .doc = "Go on reading what is added to the file, through rotation.",
                 .default_value = "false"},
                {.name = "glob",
                 .type = OptionType::boolean,
                 .doc = "Take the path for a pattern if it has pattern characters. With false they "
                        "stand for themselves.",
                 .default_value = "true"},
                {.name = "from",
                 .type = OptionType::word,
                 .doc = "With `follow`: where to begin in the files that are there at the start.",
                 .default_value = "start",
                 .words = {"start", "end"}},
                {.name = "max_line",
                 .type = OptionType::size,
                 .doc = "The longest line to send.",
                 .default_value = "1MiB",
                 .min = 1,
                 .max = 1 << 30},
                {.name = "strip_cr",
                 .type = OptionType::boolean,
                 .doc = "Take the carriage return of Windows line ends off as well.",
                 .default_value = "false"}},
    .stateful = true,
    .example = {.graph = R"(name: read
processes:
  read: {component: file/read, config: {path: "*.txt"}}
  write: {component: stdout/write}
connections:
  - read -> write
)",
                .output = "one\ntwo\nthree\n",
                .files_before = {{"a.txt", "one\ntwo\n"}, {"b.txt", "three"}}},
    .make = [](const Config& config) -> Instance { return std::make_unique<Read>(config); },
    .check = check,
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(file, read, spec)
