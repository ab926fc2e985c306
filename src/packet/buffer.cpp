#include "weir/buffer.hpp"

#include <cstring>
#include <limits>
#include <new>

#include "packet/slab.hpp"

namespace weir {
namespace {
constexpr std::size_t overhead = sizeof(Buffer) + Buffer::padding;
}

Buffer* Buffer::create(std::size_t capacity) {
  if (capacity > std::numeric_limits<std::size_t>::max() / 2) throw std::bad_alloc();
  std::size_t bytes = capacity + overhead;
  void* memory = slab::allocate_bytes(bytes);
  return new (memory) Buffer(bytes - overhead);
}

void Buffer::destroy() noexcept {
  const std::size_t bytes = capacity_ + overhead;
  this->~Buffer();
  slab::release_bytes(this, bytes);
}

Bytes Bytes::copy(std::string_view text) {
  Buffer* buffer = Buffer::create(text.size());
  if (!text.empty()) std::memcpy(buffer->data(), text.data(), text.size());
  Bytes bytes(buffer, {buffer->data(), text.size()});
  buffer->release();
  return bytes;
}

Bytes BytesWriter::write(std::string_view text) {
  if (text.size() > chunk_ / 4) return Bytes::copy(text);
  if (buffer_ && used_ + text.size() > buffer_->capacity()) {
    // Nobody looks at the old slices any more: start again at the front of the same chunk.
    if (!buffer_.unique()) buffer_.reset();
    used_ = 0;
  }
  if (!buffer_) {
    buffer_.reset(Buffer::create(chunk_));
    used_ = 0;
  }
  char* start = buffer_->data() + used_;
  if (!text.empty()) std::memcpy(start, text.data(), text.size());
  // With a gap, since readers of a slice may look at the padding behind it while the next is
  // written.
  used_ += text.size() + Buffer::padding;
  return buffer_.slice({start, text.size()});
}

}  // namespace weir
