#include "file/_lines.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "weir/packet.hpp"
#include "weir/units.hpp"

namespace weir::components {
namespace {

// Small enough that a chunk is still in the cache when its lines are parsed.
constexpr std::size_t chunk = std::size_t{128} * 1024;
constexpr std::size_t least_read = 4096;
constexpr std::size_t largest_kept = 4 * chunk;
constexpr std::size_t head_size = 1024;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

void LineReader::begin_input() noexcept {
  input_ = 0;
  begins_ = true;
}

void LineReader::enter_input() noexcept {
  input_ = 0;
  begins_ = false;
}

void LineReader::give_back() noexcept {
  if (rest() == 0 && buffer_ && buffer_.unique()) drop_buffer();
}

void LineReader::drop_buffer() noexcept {
  buffer_.reset();
  memory_.hold(0);
  begin_ = scanned_ = filled_ = shared_ = 0;
}

void LineReader::take_buffer(std::size_t capacity, std::size_t rest) {
  Buffer* fresh = Buffer::create(capacity);
  if (rest != 0) std::memcpy(fresh->data(), buffer_->data() + begin_, rest);
  buffer_.reset(fresh);
  memory_.hold(fresh->capacity());
  begin_ = shared_ = 0;
}

void LineReader::shrink() {
  give_back();
  const std::size_t rest = filled_ - begin_;
  if (!buffer_ || rest >= chunk / 4 || buffer_->capacity() < chunk) return;
  scanned_ -= begin_;
  take_buffer(std::max<std::size_t>(rest, 1), rest);
  filled_ = rest;
}

std::size_t LineReader::grown_capacity(std::size_t rest) const noexcept {
  // A longer line is passed over, so that nothing beyond this is ever needed.
  const std::size_t most = std::max(options_.max_line, rest) + 2 * least_read;
  return std::max(ReaderMemory::first_size(chunk), std::min(2 * rest, most));
}

bool LineReader::grow(std::size_t capacity, std::size_t rest) {
  if (capacity > chunk && !memory_.may_hold(capacity)) return false;
  take_buffer(capacity, rest);
  return true;
}

void LineReader::make_room() {
  std::size_t rest = filled_ - begin_;
  std::size_t scanned = scanned_ - begin_;
  const bool any_cut = begin_ > 0;
  const auto move_to = [&](std::size_t start) {
    std::memmove(buffer_->data() + start, buffer_->data() + begin_, rest);
    begin_ = start;
  };
  bool fits{buffer_};
  if (fits && any_cut && buffer_.unique()) {
    // Nobody looks at the slices any more.
    move_to(0);
    shared_ = 0;
  } else if (fits && any_cut && filled_ < shared_ + Buffer::padding) {
    const std::size_t start = shared_ + Buffer::padding;
    fits = start + rest < buffer_->capacity();
    if (fits) move_to(start);
  }
  if (!fits || begin_ + rest + least_read > buffer_->capacity()) {
    if (!grow(grown_capacity(rest), rest)) {
      over_budget_ = true;
      skip_rest();
      rest = scanned = 0;
      take_buffer(ReaderMemory::first_size(chunk), 0);
    }
  }
  scanned_ = begin_ + scanned;
  filled_ = begin_ + rest;
}

ssize_t LineReader::fill(int descriptor) {
  const std::span<char> place = room();
  ssize_t count;
  do {
    count = ::read(descriptor, place.data(), place.size());
  } while (count < 0 && errno == EINTR);
  if (count > 0) filled(static_cast<std::size_t>(count));
  return count;
}

std::span<char> LineReader::room() {
  make_room();
  return {buffer_->data() + filled_, buffer_->capacity() - filled_};
}

std::size_t LineReader::emit(std::size_t most, std::string_view source, Out& out) {
  std::size_t emitted = 0;
  while (emitted < most && scanned_ < filled_) {
    const char* from = buffer_->data() + scanned_;
    const void* found = std::memchr(from, '\n', filled_ - scanned_);
    if (found == nullptr) {
      scanned_ = filled_;
      skip_if_too_long();
      break;
    }
    const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_->data());
    emit_line(end, source, out);
    begin_ = scanned_ = end + 1;
    ++emitted;
  }
  // A long line has gone on; the next ones need no such buffer.
  if (begin_ == filled_ && buffer_ && buffer_->capacity() > largest_kept) drop_buffer();
  return emitted;
}

bool LineReader::emit_rest(std::string_view source, Out& out) {
  if (rest() == 0) return false;
  const std::string_view text(buffer_->data() + begin_, filled_ - begin_);
  const bool empty = begins_ && skipped_ == 0 && text == byte_order_mark;
  if (!empty) emit_line(filled_, source, out);
  begin_ = scanned_ = filled_;
  return !empty;
}

void LineReader::fail_rest(std::string_view source, std::string_view why, Out& out) {
  if (rest() == 0) return;
  const std::uint64_t length = rest();
  if (skipped_ == 0) {
    head_ = buffer_.slice({buffer_->data() + begin_, filled_ - begin_});
    shared_ = filled_;
  }
  out.fail(Packet::bytes(std::move(head_)), "incomplete",
           fmt::format("{}: {} after {} bytes of a line", source, why, length));
  skipped_ = 0;
  over_budget_ = begins_ = false;
  begin_ = scanned_ = filled_;
}

void LineReader::skip_if_too_long() {
  if (skipped_ != 0 || filled_ - begin_ > options_.max_line) skip_rest();
}

void LineReader::skip_rest() {
  const std::size_t rest = filled_ - begin_;
  if (skipped_ == 0) head_ = Bytes::copy({buffer_->data() + begin_, std::min(rest, head_size)});
  skipped_ += rest;
  begin_ = scanned_ = filled_;
}

void LineReader::emit_line(std::size_t end, std::string_view source, Out& out) {
  std::string_view line(buffer_->data() + begin_, end - begin_);
  if (skipped_ != 0 || line.size() > options_.max_line) {
    if (skipped_ == 0) head_ = Bytes::copy(line.substr(0, head_size));
    fail_long_line(skipped_ + line.size(), source, out);
    return;
  }
  if (begins_ && line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
  if (options_.strip_cr && line.ends_with('\r')) line.remove_suffix(1);
  emit_packet(line, out);
  shared_ = end;
}

void LineReader::emit_packet(std::string_view line, Out& out) {
  if (input_ == 0) input_ = Packet::begin_input();
  Packet packet = Packet::bytes(buffer_.slice(line));
  packet.set_input(input_, begins_);
  begins_ = false;
  out.emit(std::move(packet));
}

void LineReader::fail_long_line(std::uint64_t length, std::string_view source, Out& out) {
  skipped_ = 0;
  begins_ = false;
  const std::string why =
      std::exchange(over_budget_, false)
          ? fmt::format(
                "needs more memory than the budget of {} leaves for it (runtime.memory: "
                "raise it, or set a lower max_line)",
                format_size(ReaderMemory::budget()))
          : fmt::format("is longer than max_line ({})", format_size(options_.max_line));
  out.fail(Packet::bytes(std::move(head_)), "too_long",
           fmt::format("{}: a line of {} bytes {}; its first {} bytes are kept here", source,
                       length, why, std::min<std::uint64_t>(length, head_size)));
}

}  // namespace weir::components
