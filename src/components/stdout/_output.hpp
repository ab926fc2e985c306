// Standard output without waiting for it, in whole lines. The descriptor that this program was
// given is shared with others (the shell, the program at the other end of a pipe), so its flags are
// left alone: pipes and terminals are opened a second time instead.
#pragma once

#include <string>
#include <string_view>

#include "weir/component.hpp"

namespace weir::components {

/// Used by one thread at a time.
class StandardOutput {
 public:
  StandardOutput() = default;
  ~StandardOutput() { close(); }
  StandardOutput(const StandardOutput&) = delete;
  StandardOutput& operator=(const StandardOutput&) = delete;

  /// Throws Failure if there is no standard output.
  void open();
  void close() noexcept;

  std::string& text() noexcept { return text_; }
  bool empty() const noexcept { return written_ == text_.size(); }
  /// Writes what was appended to text(). True if all of it was taken; false if the reader is slow,
  /// then the process is woken when there is room. Throws Failure if nobody reads any more.
  bool write(Context& context);

 private:
  enum class Kind { plain, pipe, own_pipe, socket };

  /// What may be written in one call: on pipes as many whole lines as are never torn.
  std::string_view next_piece() const;

  Kind kind_ = Kind::plain;
  int descriptor_ = -1;
  std::string text_;
  std::size_t written_ = 0;
};

}  // namespace weir::components
