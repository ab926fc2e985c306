#include "stdout/_output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace weir::components {
namespace {

[[noreturn]] void fail(int error) {
  throw Failure("io",
                error == EPIPE
                    ? std::string("cannot write to standard output: its reader has gone; keep "
                                  "the program behind the pipe running")
                    : fmt::format("cannot write to standard output: {}", std::strerror(error)));
}

}  // namespace

void StandardOutput::open() {
  struct stat status {};
  if (::fstat(STDOUT_FILENO, &status) != 0) fail(errno);
  descriptor_ = STDOUT_FILENO;
  if (S_ISSOCK(status.st_mode)) {
    kind_ = Kind::socket;
  } else if (S_ISFIFO(status.st_mode) || ::isatty(STDOUT_FILENO) == 1) {
    const int own = ::open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (own >= 0) descriptor_ = own;
    kind_ = own >= 0 ? Kind::own_pipe : Kind::pipe;
  } else {
    kind_ = Kind::plain;
  }
}

void StandardOutput::close() noexcept {
  if (descriptor_ > STDOUT_FILENO) ::close(descriptor_);
  descriptor_ = -1;
}

std::string_view StandardOutput::next_piece() const {
  const std::string_view rest = std::string_view(text_).substr(written_);
  if (kind_ == Kind::plain || kind_ == Kind::socket || rest.size() <= PIPE_BUF) return rest;
  const std::size_t line_end = rest.substr(0, PIPE_BUF).rfind('\n');
  if (line_end != std::string_view::npos) return rest.substr(0, line_end + 1);
  // A pipe that could not be opened a second time takes this much without waiting, if it is ready.
  if (kind_ == Kind::pipe) return rest.substr(0, PIPE_BUF);
  return rest.substr(0, rest.find('\n') + 1);
}

bool StandardOutput::write(Context& context) {
  while (!empty()) {
    const std::string_view piece = next_piece();
    if (kind_ == Kind::pipe) {
      pollfd wanted{descriptor_, POLLOUT, 0};
      if (::poll(&wanted, 1, 0) == 0) break;
    }
    const ssize_t count = kind_ == Kind::socket ? ::send(descriptor_, piece.data(), piece.size(),
                                                         MSG_DONTWAIT | MSG_NOSIGNAL)
                                                : ::write(descriptor_, piece.data(), piece.size());
    if (count >= 0) {
      written_ += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      fail(errno);
    }
  }
  if (empty()) {
    text_.clear();
    written_ = 0;
    return true;
  }
  // An earlier wait may still be there, if this step was called for another reason.
  context.forget(descriptor_);
  context.wake_when_writable(descriptor_);
  return false;
}

}  // namespace weir::components
