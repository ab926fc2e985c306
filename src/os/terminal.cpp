#include "os/terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

namespace weir::os {
namespace {

// The other screen, the cursor off; no line wraps, so that one that is too long does not move
// others.
constexpr std::string_view enter_screen = "\x1b[?1049h\x1b[?25l\x1b[?7l";
constexpr std::string_view leave_screen = "\x1b[?7h\x1b[?25h\x1b[0m\x1b[?1049l";
constexpr std::string_view home = "\x1b[H";
constexpr std::string_view clear_rest_of_line = "\x1b[K";
constexpr std::string_view clear_rest = "\x1b[J";

}  // namespace

bool is_terminal(int descriptor) noexcept {
  return ::isatty(descriptor) == 1;
}

bool wants_colour() noexcept {
  const char* const off = std::getenv("NO_COLOR");
  const char* const kind = std::getenv("TERM");
  return (off == nullptr || *off == '\0') && (kind == nullptr || std::string_view(kind) != "dumb");
}

TerminalSize terminal_size() noexcept {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    return {};
  }
  return {size.ws_col, size.ws_row};
}

void Terminal::enter() noexcept {
  if (inside_) return;
  inside_ = true;
  termios now{};
  if (::tcgetattr(STDIN_FILENO, &now) == 0) {
    before_ = now;
    // Ctrl-C and Ctrl-Z stay signals.
    now.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    now.c_cc[VMIN] = 0;
    now.c_cc[VTIME] = 0;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &now);
  }
  write(enter_screen);
}

void Terminal::leave() noexcept {
  if (!inside_) return;
  inside_ = false;
  write(leave_screen);
  if (before_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &*before_);
}

void Terminal::draw(std::string_view lines) noexcept {
  std::string out(home);
  for (const char c : lines) {
    if (c == '\n') out += clear_rest_of_line;
    if (c == '\n') out += '\r';
    out += c;
  }
  // The last line must not scroll the screen.
  if (out.ends_with('\n')) out.pop_back();
  out += clear_rest;
  write(out);
}

std::optional<std::string> Terminal::read_keys() noexcept {
  // One that is gone can be read for ever, and has nothing.
  pollfd keyboard{STDIN_FILENO, POLLIN, 0};
  if (::poll(&keyboard, 1, 0) == 0) return std::string();
  if ((keyboard.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) return {};
  std::array<char, 256> keys;
  const ssize_t count = ::read(STDIN_FILENO, keys.data(), keys.size());
  return std::string(keys.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
}

void Terminal::write(std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t count = ::write(STDOUT_FILENO, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace weir::os
