// Cuts what is read from a descriptor into lines that are slices of the buffer it was read into.
// Memory is bounded whatever the input: a line longer than the limit, or than the memory budget has
// room for, is passed over, and only its length and its beginning are kept. Every packet knows
// which input it was read from and whether it begins it; a byte order mark (UTF-8) at the beginning
// of an input is no part of its first line.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "weir/buffer.hpp"
#include "weir/component.hpp"
#include "weir/reader_memory.hpp"

namespace weir::components {

/// Used by one thread at a time. Nothing that a slice was cut from is written to again, nor are the
/// Buffer::padding bytes behind a slice: parsers read them while the next lines come in.
class LineReader {
 public:
  struct Options {
    std::size_t max_line = 1 << 20;
    bool strip_cr = false;
  };

  explicit LineReader(Options options) noexcept : options_(options) {}
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  /// What comes now is another input, from its beginning: another file or body, or the same file
  /// written anew. Nothing of the one before is left. A new reader is at the beginning of one.
  void begin_input() noexcept;
  /// The same, but it is read from a place in its middle on.
  void enter_input() noexcept;

  /// Reads once from the descriptor. Returns what read() does; lines that are complete wait then.
  ssize_t fill(int descriptor);
  /// For input that comes otherwise: where it may be written, and how much of it was.
  std::span<char> room();
  void filled(std::size_t count) noexcept { filled_ += count; }
  /// The last bytes that fill() read; `count` at most of what it answered.
  std::string_view last_filled(std::size_t count) const noexcept {
    return {buffer_->data() + filled_ - count, count};
  }
  /// Emits at most `most` of the complete lines, to out port 0. `source` names the input in
  /// messages about lines that are too long. Returns how many packets were emitted or failed.
  std::size_t emit(std::size_t most, std::string_view source, Out& out);
  /// Emits what is left at the end of the input: a last line without a line end. True if there was
  /// one.
  bool emit_rest(std::string_view source, Out& out);
  /// Fails what is left with kind `incomplete`: the rest of the line will never come.
  void fail_rest(std::string_view source, std::string_view why, Out& out);
  /// Gives an empty buffer back to the pool while there is nothing to read.
  void give_back() noexcept;
  /// The same while the beginning of a line waits for the rest: keeps no more than that takes.
  void shrink();
  /// Bytes read of the line that has no end yet.
  std::uint64_t rest() const noexcept { return skipped_ + (filled_ - begin_); }

 private:
  void make_room();
  std::size_t grown_capacity(std::size_t rest) const noexcept;
  /// A larger buffer for the line that is being read; false if the budget has no room for it.
  bool grow(std::size_t capacity, std::size_t rest);
  void take_buffer(std::size_t capacity, std::size_t rest);
  void drop_buffer() noexcept;
  void skip_rest();
  void emit_packet(std::string_view line, Out& out);
  void emit_line(std::size_t end, std::string_view source, Out& out);
  void fail_long_line(std::uint64_t length, std::string_view source, Out& out);
  /// Passes over the line that is being read if it has become too long.
  void skip_if_too_long();

  Options options_;
  SlicedBuffer buffer_;
  ReaderMemory memory_;
  std::size_t begin_ = 0;    // of the first line that was not emitted
  std::size_t scanned_ = 0;  // there is no line end from begin_ to here
  std::size_t filled_ = 0;   // end of what was read
  std::size_t shared_ = 0;   // end of the last slice that was cut
  std::uint64_t skipped_ = 0;
  Bytes head_;  // beginning of the line that is passed over
  // It is passed over because the budget had no room for it.
  bool over_budget_ = false;
  std::uint64_t input_ = 0;  // 0 until the first packet of it
  bool begins_ = true;       // the next packet begins the input
};

}  // namespace weir::components
