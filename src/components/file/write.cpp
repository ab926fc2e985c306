// Appends lines to a file so that a crash leaves whole lines, and a full disk loses none.

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/_payload.hpp"
#include "file/_output_file.hpp"
#include "file/_rotation.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/outputs.hpp"
#include "weir/registry.hpp"
#include "weir/text.hpp"

namespace weir::components {
namespace {

constexpr std::size_t packets_per_write = 512;
constexpr std::size_t bytes_per_write = std::size_t{128} * 1024;
constexpr unsigned writes_per_step = 4;
constexpr Duration retry_every = std::chrono::seconds(1);
constexpr Duration say_every = std::chrono::seconds(30);
// Within this time it is noticed that the path leads elsewhere.
constexpr Duration look_every = std::chrono::seconds(1);

class Write final : public Process {
 public:
  explicit Write(const Config& config)
      : file_(config.text("path")),
        append_(config.boolean("append")),
        fail_when_full_(config.text("when_full") == "fail") {
    Problems none;
    rotation_ = Rotation::read(config.setting("rotate"), none);
  }

  void start(Context& context) override {
    generation_ = outputs_generation();
    waker_ = context.waker();
    wake_on_reopen(waker_);
    if (file_.open(append_, context) == OutputFile::Opened::in_use) trouble(in_use(), context);
    next_look_ = context.now() + look_every;
  }

  Step step(Context& context) override {
    if (const std::uint64_t now = outputs_generation(); now != generation_) {
      generation_ = now;
      next_look_ = Time();
      if (!have_file(context)) return Step::waiting;
    }
    for (unsigned writes = 0; writes < writes_per_step; ++writes) {
      gather(context);
      if (packets_.empty()) return context.ended() ? Step::done : Step::need_input;
      if (!have_file(context) || !write(context)) return Step::waiting;
      if (rotation_.size != 0 && file_.is_regular() && file_.size() >= rotation_.size) {
        rotate(context);
      }
    }
    return Step::yield;
  }

  void stop() noexcept override {
    packets_.clear();
    file_.close();
  }

 private:
  std::string in_use() const {
    return fmt::format(
        "cannot write {}: another process of this program writes it; waiting until that has ended",
        file_.path());
  }

  /// Makes sure that what is written now will be found under the path, or in the file that was
  /// moved from it. False if that must wait.
  bool have_file(Context& context) {
    if (!file_.is_open()) return open_anew(context);
    if (written_ != 0) return true;
    OutputFile::Fate fate = file_.glance();
    if (fate == OutputFile::Fate::there) {
      const Time now = context.now();
      if (now < next_look_) return true;
      next_look_ = now + look_every;
      fate = file_.look();
    }
    if (fate == OutputFile::Fate::there) {
      well(context);
      return true;
    }
    const bool removed = fate == OutputFile::Fate::removed;
    // A file that was only moved is still good to write to.
    if (!open_anew(context)) return !removed;
    context.log(LogLevel::info, fmt::format("{} was {} by somebody else; a new file was opened",
                                            file_.path(), removed ? "removed" : "moved away"));
    return true;
  }

  bool open_anew(Context& context) {
    try {
      if (file_.open(true, context) == OutputFile::Opened::yes) {
        begin_on_new_line();
        well(context);
        return true;
      }
      trouble(in_use(), context);
    } catch (const Failure& failure) {
      trouble(failure.what(), context);
    }
    context.wake_after(retry_every);
    return false;
  }

  /// Said when it is new; who looks sees it for as long as it lasts.
  void trouble(const std::string& text, Context& context) {
    context.report_state(text);
    if (trouble_ == text) return;
    trouble_ = text;
    context.out().report("io", text + "; trying again every second, nothing is lost");
  }

  void well(Context& context) {
    if (trouble_.empty()) return;
    trouble_.clear();
    context.report_state({});
    context.log(LogLevel::info, fmt::format("{} can be written again", file_.path()));
  }

  void gather(Context& context) {
    // What is to be written stays as it is until it is written, and then begins anew.
    if (written_ != 0 || held_) return;
    begin_on_new_line();
    while (packets_.size() < packets_per_write && text_.size() < bytes_per_write) {
      if (rotation_.size != 0 && file_.size() + text_.size() >= rotation_.size &&
          !packets_.empty()) {
        return;
      }
      Packet packet = context.receive();
      if (!packet) return;
      if (!has_text(packet)) {
        fail_needs_text(packet, context.out());
        continue;
      }
      append_payload(text_, packet);
      text_ += '\n';
      ends_.push_back(text_.size());
      packets_.push_back(std::move(packet));
    }
  }

  /// Puts a line end before what is to be written, or takes it away, as the file needs it.
  void begin_on_new_line() {
    if (newline_ == file_.ends_mid_line()) return;
    newline_ = !newline_;
    if (newline_) {
      text_.insert(0, 1, '\n');
    } else {
      text_.erase(0, 1);
    }
    for (std::size_t& end : ends_) newline_ ? ++end : --end;
  }

  /// True if the lines are on their way to the disk, or were failed; false if that must wait.
  bool write(Context& context) {
    while (written_ < text_.size()) {
      const ssize_t count = file_.write(text_.data() + written_, text_.size() - written_);
      if (count >= 0) {
        written_ += static_cast<std::size_t>(count);
        continue;
      }
      switch (errno) {
        case EINTR: continue;
        case EAGAIN:
          context.forget(file_.descriptor());
          context.wake_when_writable(file_.descriptor());
          return false;
        case ENOSPC:
        case EDQUOT:
        case EFBIG: return disk_full(errno, context);
        default: {
          const int error = errno;
          keep_whole_lines(context);
          file_.fail("write", error);
        }
      }
    }
    file_.set_mid_line(false);
    clear();
    if (full_) room_again(context);
    return true;
  }

  void room_again(Context& context) {
    full_ = false;
    context.report_state({});
    std::string what = "nothing was lost";
    if (failed_ != 0) {
      what = fmt::format("{} packets went to the error port meanwhile", std::exchange(failed_, 0));
    }
    if (torn_ != 0) {
      what += fmt::format("; the beginnings of {} lines stand in the file before those lines",
                          std::exchange(torn_, 0));
    }
    context.log(LogLevel::info, fmt::format("{}: there is room again, {}", file_.path(), what));
  }

  /// A part of the lines was written. Those that are whole count as written; of the next one the
  /// beginning is taken back, so that the file ends with a whole line at all times.
  void keep_whole_lines(Context& context) {
    if (!file_.is_regular() || written_ == 0) return;
    const std::size_t line_end = std::string_view(text_).substr(0, written_).rfind('\n');
    const std::size_t whole = line_end == std::string::npos ? 0 : line_end + 1;
    if (whole != 0) file_.set_mid_line(false);
    const std::size_t torn = written_ - whole;
    if (torn != 0 && !file_.take_back(torn)) {
      ++torn_;
      file_.set_mid_line(true);
      context.log(LogLevel::warning,
                  fmt::format("{}: somebody else writes it too, so that the first {} bytes of a "
                              "line stand there torn; the line is written again",
                              file_.path(), torn));
    }
    const auto first = std::upper_bound(ends_.begin(), ends_.end(), whole);
    packets_.erase(packets_.begin(), packets_.begin() + (first - ends_.begin()));
    ends_.erase(ends_.begin(), first);
    for (std::size_t& end : ends_) end -= whole;
    text_.erase(0, whole);
    if (whole != 0) newline_ = false;
    written_ = 0;
    begin_on_new_line();
  }

  bool disk_full(int error, Context& context) {
    keep_whole_lines(context);
    const std::string text =
        fmt::format("disk full: cannot write {}: {}", file_.path(), std::strerror(error));
    context.report_state(text);
    if (fail_when_full_) {
      full_ = true;
      failed_ += packets_.size();
      for (Packet& packet : packets_) context.out().fail(std::move(packet), "disk_full", text);
      file_.set_mid_line(file_.ends_mid_line() || written_ != 0);
      clear();
      return true;
    }
    const Time now = context.now();
    if (!full_ || now - said_ >= say_every) {
      said_ = now;
      context.out().report("disk_full", text + "; trying again every second, nothing is lost");
    }
    full_ = held_ = true;
    context.wake_after(retry_every);
    return false;
  }

  void clear() {
    text_.clear();
    packets_.clear();
    ends_.clear();
    written_ = 0;
    newline_ = held_ = false;
  }

  /// path.1 is the newest of the old files.
  void rotate(Context& context) {
    const auto numbered = [this](std::int64_t number) {
      return fmt::format("{}.{}", file_.path(), number);
    };
    // Somebody else's file must not be taken for this one.
    if (file_.look() == OutputFile::Fate::there) {
      for (std::int64_t number = rotation_.keep - 1; number >= 1; --number) {
        if (::rename(numbered(number).c_str(), numbered(number + 1).c_str()) != 0 &&
            errno != ENOENT) {
          file_.fail("rotate", errno);
        }
      }
      if (::rename(file_.path().c_str(), numbered(1).c_str()) != 0 && errno != ENOENT) {
        file_.fail("rotate", errno);
      }
    }
    open_anew(context);
  }

  OutputFile file_;
  bool append_;
  bool fail_when_full_;
  Rotation rotation_;
  std::shared_ptr<Waker> waker_;
  std::uint64_t generation_ = 0;
  Time next_look_{};
  std::string trouble_;
  std::string text_;
  // The text begins with a line end of its own, since the file ends in the middle of a line.
  bool newline_ = false;
  // Of a regular file 0 between two steps.
  std::size_t written_ = 0;
  // Held until they are written, so that those that are not are seen; and where each one's line
  // ends in the text.
  std::vector<Packet> packets_;
  std::vector<std::size_t> ends_;
  // The disk is full; what was gathered waits for room.
  bool full_ = false;
  bool held_ = false;
  Time said_{};
  // Since the disk is full: packets failed, and lines of which a part could not be taken back.
  std::uint64_t failed_ = 0;
  std::uint64_t torn_ = 0;
};

void check(const Config& config, Problems& problems) {
  Rotation::read(config.setting("rotate"), problems);
  if (config.has("path") && config.text("path").empty()) {
    problems.error(config.at("path"), "path is empty: name a file");
  }
}

std::vector<FileUse> files(const Config& config) {
  const std::string path = config.text("path");
  Problems none;
  const Rotation rotation = Rotation::read(config.setting("rotate"), none);
  std::vector<FileUse> all{{.path = path, .at = config.at("path"), .option = "path"},
                           {.path = path + ".torn", .at = config.at("path"), .option = "path"}};
  for (std::int64_t number = 1; rotation.size != 0 && number <= rotation.keep; ++number) {
    all.push_back({.path = fmt::format("{}.{}", path, number),
                   .at = config.at("rotate"),
                   .option = "rotate"});
  }
  return all;
}

const ComponentSpec spec{
    .name = "file/write",
    .summary = "Appends packets to a file, a line each",
    .doc =
        R"(Writes bytes as they are, documents as compact JSON and numbers in decimal, each with a newline. The
file is created if it is not there; its folder must be. Lines are written in batches by single
calls, as soon as they come.

The file holds whole lines. If it ends in the middle of one at the start, as after a crash, that
beginning of a line is moved to `path.torn`, and the log says so. The file is locked (`flock`): a
second weir that would write it does not start.

If somebody else renames or removes the file, a new one is opened under the path, before the next
line is written where it was removed and within a second where it was renamed; on SIGHUP at once.
What was written to a renamed file until then stays in it.

When the disk is full the process keeps its packets, says so and tries again every second, which
holds the graph back; nothing is lost. With `when_full: fail` the packets go to `error` with kind
`disk_full` instead.

With `rotate` a file that has reached the size is renamed to `path.1`, the older ones move up, and
the oldest is removed.)",
    .inputs = {{.name = "in", .doc = "Bytes, documents or numbers"}},
    .options =
        {{.name = "path",
          .type = OptionType::text,
          .doc = "The file to write.",
          .required = true,
          .exclusive = true},
         {.name = "append",
          .type = OptionType::boolean,
          .doc = "Keep what the file holds at the start. With false it is emptied.",
          .default_value = "true"},
         {.name = "rotate",
          .type = OptionType::any,
          .doc = "`{size: 100MB, keep: 5}`: begin a new file at this size, and keep so many old "
                 "ones (5 if it is not said).",
          .schema =
              R"({"type": "object", "required": ["size"], "additionalProperties": false,
 "properties": {"size": {"type": ["string", "integer"]},
  "keep": {"type": "integer", "minimum": 1, "maximum": 1000}}})"},
         {.name = "when_full",
          .type = OptionType::word,
          .doc = "What to do while the disk is full.",
          .default_value = "wait",
          .words = {"wait", "fail"}}},
    .stateful = true,
    .example = {.graph = R"(name: write
processes:
  read: {component: stdin/read}
  write: {component: file/write, config: {path: lines.txt}}
connections:
  - read -> write
)",
                .input = "two\nthree\n",
                .files_before = {{"lines.txt", "one\n"}},
                .files_after = {{"lines.txt", "one\ntwo\nthree\n"}}},
    .make = [](const Config& config) -> Instance { return std::make_unique<Write>(config); },
    .check = check,
    .files = files,
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(file, write, spec)
