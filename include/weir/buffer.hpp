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

  void retain(std::uint32_t count = 1) noexcept {
    references_.fetch_add(count, std::memory_order_relaxed);
  }
  /// Gives up references; the last one returns the block.
  void release(std::uint32_t count = 1) noexcept {
    if (has_only(count) || references_.fetch_sub(count, std::memory_order_acq_rel) == count) {
      destroy();
    }
  }
  bool unique() const noexcept { return has_only(1); }
  /// True if there are no more references than these, which are the caller's.
  bool has_only(std::uint32_t count) const noexcept {
    return references_.load(std::memory_order_acquire) == count;
  }

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

  /// Views `text` inside `buffer` and takes over one of the caller's references.
  static Bytes adopt(Buffer* buffer, std::string_view text) noexcept {
    Bytes bytes;
    bytes.owner_ = buffer;
    bytes.text_ = text;
    return bytes;
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

/// A buffer that is cut into many slices. It takes references in advance, many at a time, so that a
/// slice costs no atomic operation. Used by one thread at a time.
class SlicedBuffer {
 public:
  SlicedBuffer() noexcept = default;
  SlicedBuffer(const SlicedBuffer&) = delete;
  SlicedBuffer& operator=(const SlicedBuffer&) = delete;
  ~SlicedBuffer() { reset(); }

  /// Takes over one reference of `buffer`, and gives up the one before.
  void reset(Buffer* buffer = nullptr) noexcept {
    if (buffer_ != nullptr) buffer_->release(1 + spare_);
    buffer_ = buffer;
    spare_ = 0;
  }
  explicit operator bool() const noexcept { return buffer_ != nullptr; }
  Buffer* operator->() const noexcept { return buffer_; }
  /// True if no slice is left.
  bool unique() const noexcept { return buffer_->has_only(1 + spare_); }
  /// A slice of the buffer, in which `text` must lie.
  Bytes slice(std::string_view text) noexcept {
    if (spare_ == 0) {
      spare_ = in_advance;
      buffer_->retain(in_advance);
    }
    --spare_;
    return Bytes::adopt(buffer_, text);
  }

 private:
  static constexpr std::uint32_t in_advance = 256;

  Buffer* buffer_ = nullptr;
  std::uint32_t spare_ = 0;  // references that no slice has yet
};

/// Cuts many small slices from few large buffers, so that a packet of text costs no allocation.
/// Belongs to one component instance and is used by one thread at a time.
class BytesWriter {
 public:
  explicit BytesWriter(std::size_t chunk = std::size_t{64} * 1024) noexcept : chunk_(chunk) {}
  BytesWriter(const BytesWriter&) = delete;
  BytesWriter& operator=(const BytesWriter&) = delete;

  /// A slice that holds a copy of `text`. Text larger than a quarter of a chunk gets its own
  /// buffer.
  Bytes write(std::string_view text);

 private:
  std::size_t chunk_;
  SlicedBuffer buffer_;
  std::size_t used_ = 0;
};

}  // namespace weir
