#include "weir/outputs.hpp"

#include <atomic>
#include <mutex>
#include <vector>

#include "weir/component.hpp"

namespace weir {
namespace {

struct Outputs {
  std::atomic<std::uint64_t> generation{0};
  std::mutex mutex;
  std::vector<std::weak_ptr<Waker>> wakers;
};

// Never destroyed: a signal may come while statics are torn down.
Outputs& outputs() {
  static Outputs* const instance = new Outputs;
  return *instance;
}

}  // namespace

void reopen_outputs() noexcept {
  outputs().generation.fetch_add(1, std::memory_order_release);
  const std::lock_guard lock(outputs().mutex);
  for (const std::weak_ptr<Waker>& each : outputs().wakers) {
    if (const std::shared_ptr<Waker> waker = each.lock()) waker->wake();
  }
}

std::uint64_t outputs_generation() noexcept {
  return outputs().generation.load(std::memory_order_acquire);
}

void wake_on_reopen(const std::shared_ptr<Waker>& waker) {
  if (waker == nullptr) return;
  const std::lock_guard lock(outputs().mutex);
  std::erase_if(outputs().wakers, [](const auto& each) { return each.expired(); });
  outputs().wakers.push_back(waker);
}

}  // namespace weir
