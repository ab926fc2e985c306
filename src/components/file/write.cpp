// Appends lines to a file so that a crash leaves whole lines, and a full disk loses none.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "core/_payload.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"
#include "weir/text.hpp"

namespace weir::components {
namespace {

constexpr std::size_t packets_per_write = 512;
constexpr std::size_t bytes_per_write = std::size_t{128} * 1024;
constexpr unsigned writes_per_step = 4;
constexpr Duration retry_every = std::chrono::seconds(1);
constexpr Duration say_every = std::chrono::seconds(30);

std::string advice_for(int error, const std::string& path) {
  const std::size_t slash = path.rfind('/');
  switch (error) {
    case ENOENT:
      return fmt::format("; create the folder first: mkdir -p {}", path.substr(0, slash + 1));
    case EACCES:
    case EPERM: return "; the user that runs weir needs permission to write it";
    case EISDIR: return "; it is a folder: name a file in it";
    case ENXIO: return "; it is a named pipe that nobody reads";
    case EROFS: return "; the file system is read-only";
    default: return "";
  }
}

/// `rotate: {size, keep}`.
struct Rotation {
  std::uint64_t size = 0;  // 0: never
  std::int64_t keep = 5;

  static Rotation read(const Setting* setting, Problems& problems) {
    Rotation rotation;
    if (setting == nullptr) return rotation;
    if (setting->kind != Setting::Kind::map || setting->find("size") == nullptr) {
      problems.error(setting->at, "rotate needs a size: rotate: {size: 100MB, keep: 5}");
      return rotation;
    }
    for (const SettingField& field : setting->fields) {
      const Setting& value = field.value;
      if (field.name == "size") {
        rotation.size = value.is_scalar() ? parse_size(value.text).value_or(0) : 0;
        if (rotation.size == 0)
          problems.error(value.at, "size must be a size such as 64KiB or 100MB");
      } else if (field.name == "keep") {
        rotation.keep = value.integer;
        if (value.kind != Setting::Kind::integer || value.integer < 1 || value.integer > 1000) {
          problems.error(value.at, "keep must be a whole number from 1 to 1000");
        }
      } else {
        problems.error(field.at,
                       fmt::format("rotate has no \"{}\"; it takes size and keep", field.name));
      }
    }
    return rotation;
  }
};

class Write final : public Process {
 public:
  explicit Write(const Config& config)
      : path_(config.text("path")),
        append_(config.boolean("append")),
        fail_when_full_(config.text("when_full") == "fail") {
    Problems none;
    rotation_ = Rotation::read(config.setting("rotate"), none);
  }

  void start(Context& context) override {
    open(append_ ? O_APPEND : O_APPEND | O_TRUNC);
    mid_line_ = regular_ && size_ > 0 && !ends_with_newline();
    if (mid_line_) {
      context.log(LogLevel::warning,
                  fmt::format("{} ended in the middle of a line; the next line begins on a new one",
                              path_));
    }
  }

  Step step(Context& context) override {
    for (unsigned writes = 0; writes < writes_per_step; ++writes) {
      gather(context);
      if (packets_.empty()) return context.ended() ? Step::done : Step::need_input;
      if (!write(context)) return Step::waiting;
      if (regular_ && rotation_.size != 0 && size_ >= rotation_.size) rotate();
    }
    return Step::yield;
  }

  void stop() noexcept override {
    packets_.clear();
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

 private:
  [[noreturn]] void fail(const char* what, int error) const {
    throw Failure("io", fmt::format("cannot {} {}: {}{}", what, path_, std::strerror(error),
                                    advice_for(error, path_)));
  }

  void open(int flags) {
    // Not blocking, because opening a named pipe would wait for its reader.
    descriptor_ =
        ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags, 0666);
    if (descriptor_ < 0) fail("write", errno);
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) fail("write", errno);
    regular_ = S_ISREG(status.st_mode);
    size_ = regular_ ? static_cast<std::uint64_t>(status.st_size) : 0;
  }

  bool ends_with_newline() const {
    char last = '\n';
    const int reader = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (reader < 0) return true;
    const ssize_t count = ::pread(reader, &last, 1, static_cast<off_t>(size_) - 1);
    ::close(reader);
    return count != 1 || last == '\n';
  }

  void gather(Context& context) {
    // What is to be written stays as it is until it is written, and then begins anew.
    if (written_ != 0) return;
    if (text_.empty() && mid_line_) text_.assign(1, '\n');
    while (packets_.size() < packets_per_write && text_.size() < bytes_per_write) {
      if (rotation_.size != 0 && size_ + text_.size() >= rotation_.size && !packets_.empty())
        return;
      Packet packet = context.receive();
      if (!packet) return;
      if (!has_text(packet)) {
        fail_needs_text(packet, context.out());
        continue;
      }
      append_payload(text_, packet);
      text_ += '\n';
      packets_.push_back(std::move(packet));
    }
  }

  /// True if the lines are on their way to the disk, or were failed; false if that must wait.
  bool write(Context& context) {
    while (written_ < text_.size()) {
      const ssize_t count = ::write(descriptor_, text_.data() + written_, text_.size() - written_);
      if (count >= 0) {
        written_ += static_cast<std::size_t>(count);
        continue;
      }
      switch (errno) {
        case EINTR: continue;
        case EAGAIN:
          context.forget(descriptor_);
          context.wake_when_writable(descriptor_);
          return false;
        case ENOSPC:
        case EDQUOT:
        case EFBIG: return disk_full(context);
        default: fail("write", errno);
      }
    }
    size_ += written_;
    mid_line_ = false;
    clear();
    if (full_) {
      full_ = false;
      context.log(LogLevel::info, fmt::format("{}: there is room again, nothing was lost", path_));
    }
    return true;
  }

  bool disk_full(Context& context) {
    const int error = errno;
    // Take back the part that was written, so that the file ends with a whole line at all times.
    if (regular_ && written_ != 0 && ::ftruncate(descriptor_, static_cast<off_t>(size_)) == 0) {
      written_ = 0;
    }
    const std::string text =
        fmt::format("disk full: cannot write {}: {}", path_, std::strerror(error));
    if (fail_when_full_) {
      for (Packet& packet : packets_) context.out().fail(std::move(packet), "disk_full", text);
      mid_line_ = mid_line_ || written_ != 0;
      clear();
      return true;
    }
    const Time now = context.now();
    if (!full_ || now - said_ >= say_every) {
      said_ = now;
      context.out().report("disk_full", text + "; trying again every second, nothing is lost");
    }
    full_ = true;
    context.wake_after(retry_every);
    return false;
  }

  void clear() {
    text_.clear();
    packets_.clear();
    written_ = 0;
  }

  /// path.1 is the newest of the old files.
  void rotate() {
    const auto numbered = [this](std::int64_t number) {
      return fmt::format("{}.{}", path_, number);
    };
    for (std::int64_t number = rotation_.keep - 1; number >= 1; --number) {
      if (::rename(numbered(number).c_str(), numbered(number + 1).c_str()) != 0 &&
          errno != ENOENT) {
        fail("rotate", errno);
      }
    }
    if (::rename(path_.c_str(), numbered(1).c_str()) != 0 && errno != ENOENT) fail("rotate", errno);
    ::close(descriptor_);
    open(O_APPEND);
  }

  std::string path_;
  bool append_;
  bool fail_when_full_;
  Rotation rotation_;
  int descriptor_ = -1;
  bool regular_ = true;
  std::uint64_t size_ = 0;  // up to the last whole line
  bool mid_line_ = false;   // the file does not end with a whole line
  std::string text_;
  std::size_t written_ = 0;
  // Held until they are written, so that those that are not are seen.
  std::vector<Packet> packets_;
  bool full_ = false;
  Time said_{};
};

void check(const Config& config, Problems& problems) {
  Rotation::read(config.setting("rotate"), problems);
  if (config.has("path") && config.text("path").empty()) {
    problems.error(config.at("path"), "path is empty: name a file");
  }
}

const ComponentSpec spec{
    .name = "file/write",
    .summary = "Appends packets to a file, a line each",
    .doc =
        "Writes bytes as they are, documents as compact JSON and numbers in decimal, each with a "
        "newline. The file is created if it is not there; its folder must be. Lines are written in "
        "batches by single calls, as soon as they come: a crash of the program leaves whole lines. "
        "A "
        "file that ends in the middle of a line is continued on a new one.\n\n"
        "When the disk is full the process keeps its packets, says so and tries again every "
        "second, "
        "which holds the graph back; nothing is lost. With `when_full: fail` the packets go to "
        "`error` with kind `disk_full` instead.\n\n"
        "With `rotate` a file that has reached the size is renamed to `path.1`, the older ones "
        "move "
        "up, and the oldest is removed.",
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
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(file, write, spec)
