#include "os/allocations.hpp"

#include <atomic>
#include <mutex>

namespace weir::os {

namespace {

/// The count of one thread, written by it alone. A list without nodes of its own, for nothing here
/// may allocate.
struct ThreadCount {
  std::atomic<std::uint64_t> allocations{0};
  ThreadCount* next = nullptr;
  ThreadCount* previous = nullptr;
};

struct Threads {
  std::mutex mutex;
  ThreadCount* first = nullptr;
  std::uint64_t of_ended = 0;
};

// Neither is ever destroyed: memory is asked for before main() and after it.
constinit Threads threads;
constinit std::atomic<bool> counted{false};

thread_local constinit ThreadCount* this_thread = nullptr;
thread_local constinit bool thread_was_entered = false;

/// Enters the thread in the list for as long as it lives.
class Entry {
 public:
  Entry() noexcept {
    std::lock_guard lock(threads.mutex);
    count_.next = threads.first;
    if (threads.first != nullptr) threads.first->previous = &count_;
    threads.first = &count_;
    this_thread = &count_;
  }
  ~Entry() {
    std::lock_guard lock(threads.mutex);
    this_thread = nullptr;
    if (count_.next != nullptr) count_.next->previous = count_.previous;
    (count_.previous != nullptr ? count_.previous->next : threads.first) = count_.next;
    threads.of_ended += count_.allocations.load(std::memory_order_relaxed);
  }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

 private:
  ThreadCount count_;
};

void add_one(ThreadCount& count) noexcept {
  count.allocations.store(count.allocations.load(std::memory_order_relaxed) + 1,
                          std::memory_order_relaxed);
}

[[gnu::noinline]] void count_first_or_last() noexcept {
  if (thread_was_entered) {
    // What a thread's end itself asks for, after its entry is gone.
    std::lock_guard lock(threads.mutex);
    ++threads.of_ended;
    return;
  }
  thread_was_entered = true;
  counted.store(true, std::memory_order_relaxed);
  static thread_local Entry entry;
  add_one(*this_thread);
}

}  // namespace

void count_allocation() noexcept {
  if (this_thread != nullptr) {
    add_one(*this_thread);
  } else {
    count_first_or_last();
  }
}

std::optional<std::uint64_t> allocations() noexcept {
  if (!counted.load(std::memory_order_relaxed)) return {};
  std::lock_guard lock(threads.mutex);
  std::uint64_t total = threads.of_ended;
  for (const ThreadCount* count = threads.first; count != nullptr; count = count->next) {
    total += count->allocations.load(std::memory_order_relaxed);
  }
  return total;
}

std::uint64_t allocations_of_this_thread() noexcept {
  return this_thread == nullptr ? 0 : this_thread->allocations.load(std::memory_order_relaxed);
}

}  // namespace weir::os
