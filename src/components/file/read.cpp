// Reads files line by line, and follows them while they grow, are rotated or appear.

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "file/_follow.hpp"
#include "file/_read_once.hpp"
#include "file/_selection.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::components {
namespace {

Instance make(const Config& config) {
  FileSelection selection(config);
  const LineReader::Options lines{.max_line = static_cast<std::size_t>(config.size("max_line")),
                                  .strip_cr = config.boolean("strip_cr")};
  if (!config.boolean("follow")) {
    return std::make_unique<ReadOnce>(std::move(selection), lines);
  }
  return std::make_unique<Follow>(FollowOptions{.selection = std::move(selection),
                                                .lines = lines,
                                                .from_end = config.text("from") == "end",
                                                .linger = config.duration("linger")});
}

std::vector<FileUse> files(const Config& config) {
  const auto selection = std::make_shared<const FileSelection>(config);
  return {
      {.path = selection->text(),
       .at = config.at("path"),
       .option = "path",
       .reads = [selection](const std::string& path) { return selection->selects_real(path); }}};
}

void check(const Config& config, Problems& problems) {
  if (config.text("from") == "end" && !config.boolean("follow")) {
    problems.error(config.at("from"), "from: end reads nothing without follow: true");
  }
  const std::vector<std::string> paths = config.text_list("path");
  if (config.has("path") && (paths.empty() || std::count(paths.begin(), paths.end(), "") != 0)) {
    problems.error(config.at("path"),
                   "path is empty: name a file, or a pattern such as logs/*.log");
  }
}

const ComponentSpec spec{
    .name = "file/read",
    .summary = "Reads a file line by line, and follows it if asked",
    .doc =
        R"(Sends one packet of bytes for each line, without the line end. A last line without a line end is
a line too. A byte order mark (UTF-8) at the beginning of a file is no part of its first line.

The path may be a pattern such as `logs/**/*.log` or `{web,mail}*.log`, and there may be several;
the files of a pattern are then read one after the other by name, and what was rotated away
(`app.log.2`, `app.log-20240131`) before what came after it, the oldest first. Compressed files that
match are passed over with a warning. A file with two names is read once.

With `follow: true` it does not end: it waits for the files to grow, for new files that match, and
for a file that is not there yet. A file that was renamed (rotated) is read to its end before the
new one of that name, and for as long as `linger` says after its last line, since its writer may not
know yet; how often it was rotated meanwhile does not matter. One that was truncated or written anew
is read again from its start. Then a line without its end is unfinished: it waits for the rest.

Changes are told by the system (inotify, a watch for each folder), so that files that rest cost
nothing, and no more than half of the descriptors that the program may have are open files, fewer if
others need them. Where nothing is told (network file systems, `/proc`, no watches left) all files
are looked at once a second, and the log says so.

A line longer than `max_line` goes to `error` with kind `too_long` and its first 1024 bytes; it is
never held in memory. So does a line for which the memory budget has no room.
A path without wildcards that cannot be read stops the start of the network. What else cannot be
read is said once and shown by `/readyz`; without `follow` the other files are read, and the
process then fails, so that weir exits with 1. Named pipes are read until their writers have gone.)",
    .outputs = {{.name = "out", .doc = "A packet for each line", .type = PayloadType::bytes}},
    .options = {{.name = "path",
                 .type = OptionType::text_list,
                 .doc =
                     "The file to read, or a pattern with `*`, `?`, `[...]`, `**` or `{a,b}`, or "
                     "a list of these.",
                 .required = true},
                {.name = "exclude",
                 .type = OptionType::text_list,
                 .doc = "Files to leave out, as paths or patterns. A pattern without a slash is "
                        "one for names in any folder: `*.gz`."},
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
                {.name = "linger",
                 .type = OptionType::duration,
                 .doc = "With `follow`: how long a file that was renamed or removed is still read "
                        "after its last data.",
                 .default_value = "5m",
                 .min = 0,
                 .max = 7 * 86'400},
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
    .make = make,
    .check = check,
    .files = files,
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(file, read, spec)
