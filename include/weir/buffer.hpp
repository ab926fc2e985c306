// Reference-counted memory for packet payloads, and slices of it.
// A Buffer is owned by the Bytes (and Documents) that refer to it and goes back to the slab pool
// with the last of them. Reference counts are atomic; the contents are written by one owner before
// they are shared and are never changed after. Every buffer has `padding` readable bytes behind its
// end.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace weir {

/// A block of memory with a reference count in front. Created with one reference.
class Buffer {
 public:
  /// Bytes behind the end that may be read (SIMD parsers do), whatever they contain.
  static constexpr std::size_t padding = 64;

  /// Takes a block with room for at least `capacity` bytes from the pool. Throws std::bad_alloc.
  static Buffer* create(std::size_t capacity);

  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  char* data() noexcept { return reinterpret_cast<char*>(this + 1); }
  const char* data() const noexcept { return reinterpret_cast<const char*>(this + 1); }
  std::size_t capacity() const noexcept { return capacity_; }

  void retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  /// Gives up one reference; the last one returns the block.
  void release() noexcept {
    if (references_.load(std::memory_order_acquire) == 1 ||
        references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      destroy();
    }
  }
  bool unique() const noexcept { return references_.load(std::memory_order_acquire) == 1; }

 private:
  explicit Buffer(std::size_t capacity) noexcept : capacity_(capacity) {}
  void destroy() noexcept;

  std::atomic<std::uint32_t> references_{1};
  std::size_t capacity_;
};

/// A slice of a Buffer: what it views stays alive as long as the slice. Copying costs a reference.
class Bytes {
 public:
  Bytes() noexcept = default;
  /// Views `text`, which must lie inside `buffer`; takes a reference of its own.
  Bytes(Buffer* buffer, std::string_view text) noexcept : owner_(buffer), text_(text) {
    if (owner_ != nullptr) owner_->retain();
  }
  Bytes(const Bytes& other) noexcept : Bytes(other.owner_, other.text_) {}
  Bytes(Bytes&& other) noexcept
      : owner_(std::exchange(other.owner_, nullptr)), text_(std::exchange(other.text_, {})) {}
  Bytes& operator=(Bytes other) noexcept {
    std::swap(owner_, other.owner_);
    std::swap(text_, other.text_);
    return *this;
  }
  ~Bytes() {
    if (owner_ != nullptr) owner_->release();
  }

  /// A copy of `text` in a buffer of its own.
  static Bytes copy(std::string_view text);

  std::string_view view() const noexcept { return text_; }
  /// A part of this slice, sharing its buffer.
  Bytes slice(std::size_t offset, std::size_t length) const noexcept {
    return Bytes(owner_, text_.substr(offset, length));
  }
  Buffer* owner() const noexcept { return owner_; }
  /// Hands the reference over to the caller and leaves this slice empty.
  Buffer* release_owner() noexcept {
    text_ = {};
    return std::exchange(owner_, nullptr);
  }

 private:
  Buffer* owner_ = nullptr;
  std::string_view text_;
};

/// Cuts many small slices from few large buffers, so that a packet of text costs no allocation.
/// Belongs to one component instance and is used by one thread at a time.
class BytesWriter {
 public:
  explicit BytesWriter(std::size_t chunk = std::size_t{64} * 1024) noexcept : chunk_(chunk) {}
  BytesWriter(const BytesWriter&) = delete;
  BytesWriter& operator=(const BytesWriter&) = delete;
  ~BytesWriter() {
    if (buffer_ != nullptr) buffer_->release();
  }

  /// A slice that holds a copy of `text`. Text larger than a quarter of a chunk gets its own
  /// buffer.
  Bytes write(std::string_view text);

 private:
  std::size_t chunk_;
  Buffer* buffer_ = nullptr;
  std::size_t used_ = 0;
};

}  // namespace weir
