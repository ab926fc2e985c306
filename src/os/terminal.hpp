// The terminal, for a program that draws on it and reads keys. Restored when the Terminal goes,
// however that comes about; a signal that would end the program must be taken over before (see
// signals.hpp), so that it does.
#pragma once

#include <termios.h>

#include <optional>
#include <string>
#include <string_view>

namespace weir::os {

bool is_terminal(int descriptor) noexcept;

/// True if colours may be used there: NO_COLOR (no-color.org) is not set, nor TERM=dumb.
bool wants_colour() noexcept;

struct TerminalSize {
  unsigned columns = 80;
  unsigned rows = 24;
};
/// Of the terminal behind standard output; 80 x 24 if it does not say.
TerminalSize terminal_size() noexcept;

/// The other screen of the terminal, without a cursor; keys are read one by one and not shown. For
/// one thread.
class Terminal {
 public:
  Terminal() { enter(); }
  ~Terminal() { leave(); }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// Goes back to what was before, and here again: for a program that is being suspended.
  void leave() noexcept;
  void enter() noexcept;

  /// Shows this from the upper left corner on, in place of what was there. Lines end with a line
  /// feed.
  void draw(std::string_view lines) noexcept;

  /// What was typed and not read yet, escape sequences included; nothing if the terminal is gone.
  std::optional<std::string> read_keys() noexcept;

 private:
  void write(std::string_view text) noexcept;

  std::optional<termios> before_;
  bool inside_ = false;
};

}  // namespace weir::os
