#include "file/_follow.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace weir::components {
namespace {

constexpr std::size_t lines_per_step = 512;
constexpr unsigned reads_per_step = 16;
constexpr unsigned reads_in_a_row = 4;

}  // namespace

void Follow::start(Context& context) {
  files_ = std::make_unique<FollowedFiles>(options_);
  files_->start(context);
}

void Follow::stop() noexcept {
  files_.reset();
}

Step Follow::step(Context& context) {
  if (context.stopping()) return leave(context);
  files_->notice(context);
  std::size_t room = std::min(context.room(), lines_per_step);
  for (unsigned reads = 0; reads < reads_per_step;) {
    Followed* file = files_->next();
    if (file == nullptr) {
      files_->say_troubles(context);
      files_->wait(context);
      return Step::waiting;
    }
    if (room == 0) return context.room() == 0 ? Step::output_full : Step::yield;
    const std::size_t emitted = file->tail.lines.emit(room, file->tail.path(), context.out());
    room -= emitted;
    if (emitted != 0 || !files_->open(*file, context)) continue;
    look_for_change(*file, room, context);
    if (room == 0) continue;
    if (read(*file, room, context)) {
      // Most are at their end after one read.
      if (++reads % reads_in_a_row == 0 && room != 0) files_->others_first();
    }
  }
  files_->say_troubles(context);
  return Step::yield;
}

bool Follow::read(Followed& file, std::size_t& room, Context& context) {
  const ssize_t count = file.tail.read();
  if (count == 0) {
    at_end(file, room, context);
    return false;
  }
  if (count < 0) {
    files_->failed(file,
                   fmt::format("reading {} failed at byte {}: {}; trying again every second",
                               file.tail.path(), file.tail.offset(), std::strerror(errno)),
                   context);
    return false;
  }
  if (file.gone_since) file.gone_since = context.now();
  room -= file.tail.lines.emit(room, file.tail.path(), context.out());
  return true;
}

void Follow::at_end(Followed& file, std::size_t& room, Context& context) {
  if (file.tail.is_truncated()) return restart(file, "was truncated", room, context);
  if (!file.over) return files_->rests(file);
  room -= file.tail.lines.emit_rest(file.tail.path(), context.out()) ? 1 : 0;
  files_->drop(file);
}

void Follow::look_for_change(Followed& file, std::size_t& room, Context& context) {
  if (!std::exchange(file.rested, false)) return;
  const bool modified = std::exchange(file.modified, false);
  const bool touched = std::exchange(file.touched, false);
  switch (file.tail.look_for_change(modified && !touched)) {
    case Tail::Change::none: break;
    case Tail::Change::truncated: restart(file, "was truncated", room, context); break;
    case Tail::Change::rewritten: restart(file, "was written anew", room, context); break;
  }
}

void Follow::restart(Followed& file, std::string_view why, std::size_t& room, Context& context) {
  context.log(LogLevel::info,
              fmt::format("{} {}; reading it from its start", file.tail.path(), why));
  if (file.tail.lines.rest() != 0) --room;
  file.tail.lines.fail_rest(file.tail.path(), fmt::format("the file {}", why), context.out());
  file.tail.restart();
}

// The network drains: the lines that were read are on their way.
Step Follow::leave(Context& context) {
  std::size_t room = context.room();
  while (Followed* file = files_->next()) {
    if (room == 0) return Step::output_full;
    const std::size_t emitted = file->tail.lines.emit(room, file->tail.path(), context.out());
    room -= emitted;
    if (emitted == 0) files_->rests(*file);
  }
  files_->for_each([&](const Followed& file) {
    const Tail& tail = file.tail;
    context.log(LogLevel::debug,
                fmt::format("stopped reading {} before byte {}", tail.path(),
                            tail.offset() - std::min(tail.offset(), tail.lines.rest())));
  });
  return Step::done;
}

}  // namespace weir::components
