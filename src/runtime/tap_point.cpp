#include "runtime/tap_point.hpp"

#include <algorithm>
#include <utility>

#include "runtime/tap_listener.hpp"

namespace weir::runtime {
namespace {

// Until listeners that have used up what they may show are asked again: then a batch costs little,
// however many they are.
constexpr Duration rest = std::chrono::milliseconds(1);

}  // namespace

TapPoint::TapPoint(std::string name, const scheduler::Executor& executor,
                   const std::atomic<unsigned>& open)
    : name_(std::move(name)), executor_(executor), open_(open) {}

TapPoint::~TapPoint() = default;

void TapPoint::offer(detail::PacketCell* const* cells, std::size_t count) noexcept {
  // Taken by others for moments, when a tap comes or goes; that batch is then not seen.
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock || listeners_.empty()) return;
  // A Packet is its cell's pointer, so that an array of cells is an array of packets.
  static_assert(sizeof(Packet) == sizeof(detail::PacketCell*));
  const std::uint64_t before = std::exchange(passed_, passed_ + count);
  const Time now = executor_.now();
  if (now < rests_until_) return;
  BatchView batch({reinterpret_cast<const Packet*>(cells), count});
  bool hungry = false;
  const unsigned open = open_.load(std::memory_order_relaxed);
  for (const auto& listener : listeners_) {
    try {
      hungry |= listener->look(batch, before, now, open);
    } catch (const std::exception&) {
      // Without memory for it a packet is not shown.
    }
  }
  if (!hungry) rests_until_ = now + rest;
}

std::shared_ptr<TapListener> TapPoint::add(const TapRequest& request) {
  const std::lock_guard lock(mutex_);
  rests_until_ = {};
  return listeners_.emplace_back(std::make_shared<TapListener>(request, passed_));
}

bool TapPoint::remove(const TapListener& listener) {
  const std::lock_guard lock(mutex_);
  std::erase_if(listeners_, [&](const auto& each) { return each.get() == &listener; });
  return !listeners_.empty();
}

bool TapPoint::has_listeners() const {
  const std::lock_guard lock(mutex_);
  return !listeners_.empty();
}

void TapPoint::set_wake(TapListener& listener, std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  listener.set_wake(std::move(wake));
}

void TapPoint::set_there(bool there) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(there_, there) && !there) {
    for (const auto& listener : listeners_) listener->port_gone();
  }
}

}  // namespace weir::runtime
