#include "runtime/input.hpp"

#include <algorithm>
#include <limits>

#include "runtime/loop.hpp"
#include "runtime/tap_point.hpp"

namespace weir::runtime {

Input::Input(const std::vector<unsigned>& widths) {
  firsts_.reserve(widths.size() + 1);
  unsigned total = 0;
  for (const unsigned width : widths) {
    firsts_.push_back(total);
    total += width;
  }
  firsts_.push_back(total);
  if (total != 0) elements_ = std::make_unique<Element[]>(total);
}

void Input::connect(unsigned index, Connection& connection) {
  elements_[index].connections.push_back(&connection);
  set_count(elements_[index]);
}

void Input::connect_initial(unsigned index, Connection& connection) {
  auto& connections = elements_[index].connections;
  // Turns begin at the front.
  connections.insert(connections.begin(), &connection);
  set_count(elements_[index]);
}

void Input::set_tap(unsigned index, TapPoint* tap) noexcept {
  elements_[index].tap.store(tap, std::memory_order_release);
  set_count(elements_[index]);
}

void Input::set_count(Element& element) noexcept {
  const bool shown = element.tap.load(std::memory_order_relaxed) != nullptr;
  element.count.store(element.connections.size() + (shown ? tapped : 0), std::memory_order_release);
}

bool Input::is_connected(unsigned index) const noexcept {
  const auto& connections = elements_[index].connections;
  return std::any_of(connections.begin(), connections.end(),
                     [](const Connection* connection) { return connection->producer != nullptr; });
}

// How many packets may come in from outside the cycle that the process is part of.
std::uint64_t Input::entry_room() noexcept {
  return loop_ == nullptr || admitted_ ? std::numeric_limits<std::uint64_t>::max()
                                       : loop_->admits();
}

inline std::size_t Input::take_from(Element& element, std::size_t count,
                                    detail::PacketCell** packets, std::size_t most) noexcept {
  std::size_t taken = 0;
  for (std::size_t i = 0; i < count && taken < most; ++i) {
    Connection& connection = *element.connections[element.turn];
    element.turn = element.turn + 1 == count ? 0 : element.turn + 1;
    if (connection.consumer_leaves) continue;
    std::size_t part = most - taken;
    if (loop_ != nullptr && connection.loop == nullptr) {
      part = std::min<std::uint64_t>(part, entry_room());
    }
    taken += connection.queue.take(packets + taken, part);
  }
  if (taken != 0) element.packets.add(taken);
  return taken;
}

std::size_t Input::take_and_show(Element& element, detail::PacketCell** packets,
                                 std::size_t most) noexcept {
  const std::size_t taken = take_from(element, element.connections.size(), packets, most);
  // It may have been taken away meanwhile.
  TapPoint* const tap = element.tap.load(std::memory_order_acquire);
  if (tap != nullptr && taken != 0) tap->offer(packets, taken);
  return taken;
}

std::size_t Input::take(unsigned index, detail::PacketCell** packets, std::size_t most) noexcept {
  Element& element = elements_[index];
  const std::size_t count = element.count.load(std::memory_order_acquire);
  if (count >= tapped) [[unlikely]]
    return take_and_show(element, packets, most);
  return take_from(element, count, packets, most);
}

std::size_t Input::take_any(detail::PacketCell** packets, std::size_t most) noexcept {
  std::size_t taken = 0;
  for (unsigned i = 0; i < elements() && taken < most; ++i) {
    const unsigned index = turn_;
    turn_ = turn_ + 1 == elements() ? 0 : turn_ + 1;
    taken += take(index, packets + taken, most - taken);
  }
  return taken;
}

std::uint64_t Input::available(unsigned index) noexcept {
  std::uint64_t total = 0;
  for (Connection* connection : elements_[index].connections) {
    if (connection->consumer_leaves) continue;
    const std::uint64_t queued = connection->queue.available();
    const bool enters = queued != 0 && loop_ != nullptr && connection->loop == nullptr;
    total += enters ? std::min(queued, entry_room()) : queued;
  }
  return total;
}

std::uint64_t Input::available() noexcept {
  std::uint64_t total = 0;
  for (unsigned i = 0; i < elements(); ++i) total += available(i);
  return total;
}

bool Input::ended(unsigned index) noexcept {
  const auto& connections = elements_[index].connections;
  return std::all_of(connections.begin(), connections.end(), [](Connection* connection) {
    if (connection->consumer_leaves || connection->queue.ended()) return true;
    const bool no_more =
        connection->ends_when_empty || (connection->loop != nullptr && connection->loop->ended());
    return no_more && connection->queue.available() == 0;
  });
}

bool Input::all_ended() noexcept {
  for (unsigned i = 0; i < elements(); ++i) {
    if (!ended(i)) return false;
  }
  return true;
}

bool Input::all_closed() noexcept {
  for (unsigned i = 0; i < elements(); ++i) {
    for (Connection* connection : elements_[i].connections) {
      if (!connection->consumer_leaves && !connection->queue.ended()) return false;
    }
  }
  return true;
}

void Input::publish_taken(bool stopping) {
  for (unsigned i = 0; i < elements(); ++i) {
    for (Connection* connection : elements_[i].connections) {
      connection->queue.publish_taken();
      if (connection->producer != nullptr && connection->queue.owes_wake(stopping)) {
        connection->producer->wake(false);
      }
    }
  }
  if (loop_ != nullptr) loop_->taken();
}

std::uint64_t Input::total_packets() const noexcept {
  std::uint64_t total = 0;
  for (unsigned i = 0; i < elements(); ++i) total += elements_[i].packets.get();
  return total;
}

}  // namespace weir::runtime
