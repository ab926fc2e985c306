#include "runtime/output.hpp"

#include <algorithm>
#include <limits>

#include "packet/pool.hpp"
#include "runtime/tap_point.hpp"
#include "weir/packet.hpp"

namespace weir::runtime {

Output::Output(const std::vector<unsigned>& widths, OverflowWatch& watch) : watch_(watch) {
  firsts_.reserve(widths.size() + 1);
  unsigned total = 0;
  for (const unsigned width : widths) {
    firsts_.push_back(total);
    total += width;
  }
  firsts_.push_back(total);
  ports_ = std::make_unique<Port[]>(total);
}

void Output::connect(unsigned index, Connection& connection) {
  const std::lock_guard lock(wiring_);
  ports_[index].connections.push_back(&connection);
  set_way(ports_[index]);
}

void Output::disconnect(const Connection& connection) {
  const std::lock_guard lock(wiring_);
  for (unsigned i = 0; i < elements(); ++i) {
    std::erase(ports_[i].connections, &connection);
    set_way(ports_[i]);
  }
}

void Output::set_tap(unsigned index, TapPoint* tap) noexcept {
  ports_[index].tap.store(tap, std::memory_order_release);
  set_way(ports_[index]);
}

void Output::set_way(Port& port) noexcept {
  const bool tapped = port.tap.load(std::memory_order_relaxed) != nullptr;
  const Way way = port.connections.empty() ? Way::ended : tapped ? Way::shown : Way::put;
  port.way.store(way, std::memory_order_release);
}

void Output::mark_connected(Batches& batches) const noexcept {
  for (unsigned i = 0; i < elements(); ++i) batches[i].connected = is_connected(i);
}

std::uint64_t Output::room() noexcept {
  std::uint64_t least = std::numeric_limits<std::uint32_t>::max();
  for (unsigned i = 0; i < elements(); ++i) {
    for (Connection* connection : ports_[i].connections) {
      if (holds(*connection)) least = std::min(least, connection->queue.room());
    }
  }
  return least;
}

bool Output::at_capacity() const noexcept {
  if (shut_.load(std::memory_order_relaxed)) return true;
  const std::lock_guard lock(wiring_);
  for (unsigned i = 0; i < elements(); ++i) {
    for (const Connection* connection : ports_[i].connections) {
      if (holds(*connection) && connection->queue.length() >= connection->queue.capacity()) {
        return true;
      }
    }
  }
  return false;
}

bool Output::held_back() noexcept {
  for (unsigned i = 0; i < elements(); ++i) {
    for (Connection* connection : ports_[i].connections) {
      if (holds(*connection) && connection->queue.room() == 0 && connection->queue.request_wake()) {
        connection->holds.add(1);
        return true;
      }
    }
  }
  return false;
}

bool Output::cycle_above_capacity() const noexcept {
  bool above = false;
  for_each([&above](const Connection& connection) {
    above = above ||
            (connection.loop != nullptr && connection.queue.length() > connection.queue.capacity());
  });
  return above;
}

// The account's reason is the runtime's own while no component runs.
void Output::end(detail::PacketCell** packets, std::size_t count, Ended as) noexcept {
  detail::PacketAccount& account = *pool::current_account();
  account.reason = as;
  detail::release_cells(packets, count);
  account.reason = Ended::consumed;
}

std::size_t Output::put_to(Connection& connection, detail::PacketCell** packets,
                           std::size_t count) {
  if (connection.cut.load(std::memory_order_relaxed)) [[unlikely]] {
    end(packets, count, Ended::drained);
    return 0;
  }
  if (const std::uint64_t beyond = connection.queue.put(packets, count)) {
    watch_.overflowed(connection, beyond);
  }
  return count;
}

std::uint64_t Output::put(detail::PortBatch& batch, Port& port) {
  std::uint64_t total = 0;
  // Every connection but the last gets shared copies; the packets themselves go to the last.
  for (std::size_t k = 0; k + 1 < port.connections.size(); ++k) {
    Connection& connection = *port.connections[k];
    detail::PacketCell* copies[64];
    for (std::uint32_t done = 0; done < batch.size;) {
      std::uint32_t count = 0;
      for (; count < 64 && done < batch.size; ++count, ++done) {
        Packet original = Packet::adopt(batch.items[done]);
        copies[count] = original.share().release_to_runtime();
        original.release_to_runtime();
      }
      total += put_to(connection, copies, count);
    }
    connection.consumer->wake(false);
  }
  Connection& last = *port.connections.back();
  total += put_to(last, batch.items, batch.size);
  port.packets.add(total);
  batch.size = 0;
  last.consumer->wake(true);
  return total;
}

// What does not simply go to the connections.
std::uint64_t Output::put_otherwise(detail::PortBatch& batch, Port& port) {
  if (!port.connections.empty()) {
    // It may have been taken away meanwhile.
    TapPoint* const tap = port.tap.load(std::memory_order_acquire);
    if (tap != nullptr) tap->offer(batch.items, batch.size);
    return put(batch, port);
  }
  end(batch.items, batch.size, Ended::filtered);
  batch.size = 0;
  return 0;
}

std::uint64_t Output::publish(Batches& batches) {
  std::uint64_t total = 0;
  for (unsigned i = 0; i < elements(); ++i) {
    detail::PortBatch& batch = batches[i];
    if (batch.size == 0) continue;
    Port& port = ports_[i];
    if (port.way.load(std::memory_order_acquire) == Way::put) [[likely]] {
      total += put(batch, port);
    } else {
      total += put_otherwise(batch, port);
    }
  }
  return total;
}

void Output::close() {
  for (unsigned i = 0; i < elements(); ++i) {
    for (Connection* connection : ports_[i].connections) {
      if (connection->producer_leaves) continue;
      connection->queue.close();
      connection->consumer->wake(false);
    }
  }
}

}  // namespace weir::runtime
