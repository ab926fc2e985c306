#include "file/_read_once.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace weir::components {
namespace {

constexpr std::size_t lines_per_step = 512;
constexpr unsigned reads_per_step = 16;

bool readable(const Tail& tail) {
  pollfd wanted{tail.descriptor(), POLLIN, 0};
  const bool ready = tail.is_regular() || ::poll(&wanted, 1, 0) > 0;
  if (!ready) errno = EAGAIN;
  return ready;
}

}  // namespace

void ReadOnce::start(Context& context) {
  PatternVisitor visitor;
  visitor.failed = [&](const std::string& folder, int error) {
    failures_.push_back(fmt::format("cannot look into {}: {}", folder, explain_read_error(error)));
    context.out().report("io", failures_.back());
  };
  paths_ = selection_.expand(visitor);
  if (paths_.empty()) {
    if (!failures_.empty()) throw Failure("io", failures_.front());
    throw Failure("io",
                  fmt::format("no file matches {}: {}; with follow: true files are waited for",
                              selection_.text(), selection_.advice()));
  }
  // Before anything is sent: files that must be there, all of them at once.
  std::string wrong;
  for (const std::string& path : selection_.plain()) {
    if (std::find(paths_.begin(), paths_.end(), path) == paths_.end()) continue;
    try {
      Tail tail(path, lines_);
      tail.open();
      if (const std::string_view format = tail.compression(); !format.empty()) {
        throw Failure("io", fmt::format("cannot read {}: it is compressed ({}); unpack it first, "
                                        "for example into a pipe before stdin/read",
                                        path, format));
      }
      // A pipe would lose its writer if it were closed again.
      if (!tail.is_regular() && paths_.size() == 1) {
        tail_ = std::make_unique<Tail>(path, lines_);
        tail_->open();
      }
    } catch (const Failure& failure) {
      if (!wrong.empty()) wrong += "\n";
      wrong += failure.what();
    }
  }
  if (!wrong.empty()) throw Failure("io", wrong);
}

Step ReadOnce::step(Context& context) {
  const std::size_t most = std::min(context.room(), lines_per_step);
  std::size_t room = most;
  for (unsigned reads = 0; reads < reads_per_step;) {
    if (tail_ == nullptr && (context.stopping() || current_ == paths_.size())) {
      const bool fails = !failures_.empty() && !context.stopping();
      // What was emitted in this step goes on its way first.
      if (fails && room != most) return Step::yield;
      if (fails) fail_at_end();
      return Step::done;
    }
    if (room == 0) return context.room() == 0 ? Step::output_full : Step::yield;
    if (tail_ == nullptr && !open(context)) continue;
    const std::size_t emitted = tail_->lines.emit(room, tail_->path(), context.out());
    room -= emitted;
    if (emitted != 0) continue;
    if (context.stopping()) {
      leave(context);
      continue;
    }
    const ssize_t count = readable(*tail_) ? tail_->read() : -1;
    if (count > 0) {
      ++reads;
    } else if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
      context.forget(tail_->descriptor());
      context.wake_when_readable(tail_->descriptor());
      return Step::waiting;
    } else if (count < 0) {
      give_up(context);
    } else {
      room -= tail_->lines.emit_rest(tail_->path(), context.out()) ? 1 : 0;
      next(context);
    }
  }
  return Step::yield;
}

bool ReadOnce::open(Context& context) {
  auto tail = std::make_unique<Tail>(paths_[current_], lines_);
  try {
    tail->open();
  } catch (const Failure& failure) {
    failures_.push_back(failure.what());
    context.out().report(failure.kind(), failure.what());
    context.report_state(failure.what());
    ++current_;
    return false;
  }
  const FileIdentity identity = tail->identity();
  const bool again = std::find(seen_.begin(), seen_.end(), identity) != seen_.end();
  const std::string_view format = tail->compression();
  if (again || !format.empty()) {
    context.log(
        LogLevel::warning,
        fmt::format(
            "{} is passed over: {}", tail->path(),
            again ? "it is another name of a file that was read already"
                  : fmt::format("it is compressed ({}); to read it, unpack it first", format)));
    ++current_;
    return false;
  }
  seen_.push_back(identity);
  tail_ = std::move(tail);
  return true;
}

void ReadOnce::next(Context& context) {
  context.forget(tail_->descriptor());
  tail_.reset();
  ++current_;
}

/// Reading failed for good.
void ReadOnce::give_up(Context& context) {
  const std::string why = fmt::format("reading failed ({})", std::strerror(errno));
  failures_.push_back(fmt::format("{}: {} at byte {}; the rest of it is left out", tail_->path(),
                                  why, tail_->offset()));
  context.out().report("io", failures_.back());
  context.report_state(failures_.back());
  tail_->lines.fail_rest(tail_->path(), why, context.out());
  next(context);
}

/// The network drains: the lines of this file that were read are on their way.
void ReadOnce::leave(Context& context) {
  if (tail_->is_regular()) {
    context.log(LogLevel::debug,
                fmt::format("stopped reading {} before byte {}", tail_->path(),
                            tail_->offset() - std::min(tail_->offset(), tail_->lines.rest())));
  } else {
    tail_->lines.fail_rest(tail_->path(), "reading was stopped", context.out());
  }
  next(context);
}

// All else was read; but nobody shall take this for all that there was.
void ReadOnce::fail_at_end() const {
  throw Failure("io", failures_.size() == 1
                          ? failures_.front()
                          : fmt::format("{} of {} files were not read, or not to their end; the "
                                        "first: {}",
                                        failures_.size(), paths_.size(), failures_.front()));
}

void ReadOnce::stop() noexcept {
  tail_.reset();
}

}  // namespace weir::components
