#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "file/_lines.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::components {
namespace {

constexpr std::size_t lines_per_step = 512;
constexpr unsigned reads_per_step = 16;
constexpr std::string_view source = "standard input";

class Read final : public Process {
 public:
  explicit Read(const Config& config)
      : lines_({.max_line = static_cast<std::size_t>(config.size("max_line")),
                .strip_cr = config.boolean("strip_cr")}) {}

  void start(Context&) override {
    struct stat status {};
    if (::fstat(STDIN_FILENO, &status) != 0) {
      throw Failure("io", fmt::format("cannot read standard input: {}; redirect it from a file or "
                                      "/dev/null",
                                      std::strerror(errno)));
    }
    // A regular file is always ready, and nothing can wait for it.
    always_ready_ = S_ISREG(status.st_mode);
  }

  Step step(Context& context) override {
    std::size_t room = std::min(context.room(), lines_per_step);
    for (unsigned reads = 0; reads < reads_per_step; ++reads) {
      const std::size_t emitted = lines_.emit(room, source, context.out());
      room -= emitted;
      if (room == 0) return context.room() == 0 ? Step::output_full : Step::yield;
      if (context.stopping()) {
        lines_.fail_rest(source, "reading was stopped", context.out());
        return Step::done;
      }
      if (!ready()) {
        // An earlier wait may still be there, if this step was called for another reason.
        context.forget(STDIN_FILENO);
        context.wake_when_readable(STDIN_FILENO);
        return Step::waiting;
      }
      const ssize_t count = lines_.fill(STDIN_FILENO);
      if (count == 0) {
        lines_.emit_rest(source, context.out());
        return Step::done;
      }
      if (count < 0 && errno != EAGAIN) {
        throw Failure("io", fmt::format("cannot read standard input: {}", std::strerror(errno)));
      }
    }
    return Step::yield;
  }

 private:
  bool ready() const {
    pollfd wanted{STDIN_FILENO, POLLIN, 0};
    return always_ready_ || ::poll(&wanted, 1, 0) > 0;
  }

  LineReader lines_;
  bool always_ready_ = false;
};

const ComponentSpec spec{
    .name = "stdin/read",
    .summary = "Reads standard input line by line",
    .doc =
        "Sends one packet of bytes for each line, without the line end, and ends with the input. A "
        "last line without a line end is a line too. A byte order mark (UTF-8) at the beginning is "
        "no "
        "part of the first line. Only one process of a graph should read "
        "standard input: several would each get a part of it.\n\n"
        "A line longer than `max_line` goes to `error` with kind `too_long` and its first 1024 "
        "bytes; it is never held in memory; so does one for which the "
        "memory budget has no room. If the network is stopped in the middle of a line, "
        "what was read of it goes to `error` with kind `incomplete`.",
    .outputs = {{.name = "out", .doc = "A packet for each line", .type = PayloadType::bytes}},
    .options = {{.name = "max_line",
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
    .example = {.graph = R"(name: lines
processes:
  read: {component: stdin/read}
  write: {component: stdout/write}
connections:
  - read -> write
)",
                .input = "one\n\nthree",
                .output = "one\n\nthree\n"},
    .make = [](const Config& config) -> Instance { return std::make_unique<Read>(config); },
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(stdin, read, spec)
