#include "http/_libcurl.hpp"

#include <cstring>
#include <new>

#include "weir/buffer.hpp"
#include "weir/component.hpp"

namespace weir::components {
namespace {

// libcurl takes and gives back some thirty pieces of memory for each request, often on different
// threads: that is what the packet pool is made for. A piece is a Buffer, known by its data.

Buffer* buffer_of(void* data) noexcept {
  return reinterpret_cast<Buffer*>(data) - 1;
}

void* allocate(std::size_t size) noexcept {
  try {
    return Buffer::create(size)->data();
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void release(void* data) noexcept {
  if (data != nullptr) buffer_of(data)->release();
}

void* reallocate(void* data, std::size_t size) noexcept {
  if (data == nullptr) return allocate(size);
  const std::size_t capacity = buffer_of(data)->capacity();
  if (size <= capacity) return data;
  void* larger = allocate(size);
  if (larger == nullptr) return nullptr;
  std::memcpy(larger, data, capacity);
  release(data);
  return larger;
}

char* duplicate(const char* text) noexcept {
  const std::size_t size = std::strlen(text) + 1;
  void* copy = allocate(size);
  return copy == nullptr ? nullptr : static_cast<char*>(std::memcpy(copy, text, size));
}

void* allocate_zeroed(std::size_t count, std::size_t size) noexcept {
  std::size_t total = 0;
  if (__builtin_mul_overflow(count, size, &total)) return nullptr;
  void* data = allocate(total);
  return data == nullptr ? nullptr : std::memset(data, 0, total);
}

void set_up() {
  static const CURLcode result = curl_global_init_mem(CURL_GLOBAL_DEFAULT, allocate, release,
                                                      reallocate, duplicate, allocate_zeroed);
  if (result != CURLE_OK) throw Failure("io", "libcurl does not start; is it installed whole?");
}

}  // namespace

CURL* make_curl_easy() {
  set_up();
  CURL* easy = curl_easy_init();
  if (easy == nullptr) throw std::bad_alloc();
  return easy;
}

CURLM* make_curl_multi() {
  set_up();
  CURLM* multi = curl_multi_init();
  if (multi == nullptr) throw std::bad_alloc();
  return multi;
}

}  // namespace weir::components
