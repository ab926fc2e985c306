#include "runtime/input.hpp"

#include <algorithm>

namespace weir::runtime {

Input::Input(const std::vector<unsigned>& widths) {
  unsigned total = 0;
  for (const unsigned width : widths) {
    firsts_.push_back(total);
    total += width;
  }
  firsts_.push_back(total);
  elements_ = std::make_unique<Element[]>(total);
}

void Input::connect(unsigned index, Connection& connection) {
  elements_[index].connections.push_back(&connection);
  if (connection.producer != nullptr) elements_[index].connected = true;
}

std::size_t Input::take(unsigned index, detail::PacketCell** packets, std::size_t most) noexcept {
  Element& element = elements_[index];
  const std::size_t count = element.connections.size();
  std::size_t taken = 0;
  for (std::size_t i = 0; i < count && taken < most; ++i) {
    Connection& connection = *element.connections[element.turn];
    element.turn = element.turn + 1 == count ? 0 : element.turn + 1;
    taken += connection.queue.take(packets + taken, most - taken);
  }
  if (taken != 0) element.packets.add(taken);
  return taken;
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
    total += connection->queue.available();
  }
  return total;
}

bool Input::ended(unsigned index) noexcept {
  const auto& connections = elements_[index].connections;
  return std::all_of(connections.begin(), connections.end(),
                     [](Connection* connection) { return connection->queue.ended(); });
}

bool Input::all_ended() noexcept {
  for (unsigned i = 0; i < elements(); ++i) {
    if (!ended(i)) return false;
  }
  return true;
}

void Input::publish_taken(scheduler::Executor& executor, bool stopping) {
  for (unsigned i = 0; i < elements(); ++i) {
    for (Connection* connection : elements_[i].connections) {
      connection->queue.publish_taken();
      if (connection->producer != nullptr && connection->queue.owes_wake(stopping)) {
        wake(executor, *connection->producer, false);
      }
    }
  }
}

std::uint64_t Input::total_packets() const noexcept {
  std::uint64_t total = 0;
  for (unsigned i = 0; i < elements(); ++i) total += elements_[i].packets.get();
  return total;
}

}  // namespace weir::runtime
