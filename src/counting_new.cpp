// operator new and delete of the program weir, over malloc, counting for os::allocations(). The
// forms that are not here (of arrays, without exceptions) call these, as the standard says.
#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>

#include "os/allocations.hpp"

namespace {

/// As the standard asks of operator new: lets the handler make room until there is none.
template <class Allocate>
void* allocate(const Allocate& try_once) {
  weir::os::count_allocation();
  for (;;) {
    if (void* memory = try_once()) return memory;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

}  // namespace

void* operator new(std::size_t size) {
  return allocate([=] { return std::malloc(std::max<std::size_t>(size, 1)); });
}

void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto multiple = std::max(static_cast<std::size_t>(alignment), sizeof(void*));
  return allocate([=] {
    void* memory = nullptr;
    return posix_memalign(&memory, multiple, std::max<std::size_t>(size, 1)) == 0 ? memory
                                                                                  : nullptr;
  });
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
