// The out ports of a process: publishes what its steps emit, a batch per connection. Putting and
// closing belong to who has the publish turn, room and held_back to who has the claim turn; wired
// while the process is held.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "runtime/batches.hpp"
#include "runtime/connection.hpp"
#include "runtime/counters.hpp"

namespace weir::runtime {

class TapPoint;

/// Told when a connection holds more than its capacity and its overflow's limit.
class OverflowWatch {
 public:
  virtual void overflowed(Connection& connection, std::uint64_t beyond) noexcept = 0;

 protected:
  ~OverflowWatch() = default;
};

class Output {
 public:
  /// `widths[p]` is the number of elements of port p, the last port being the error port.
  Output(const std::vector<unsigned>& widths, OverflowWatch& watch);

  /// Index of an element among all elements of all ports.
  unsigned index_of(unsigned port, unsigned element) const noexcept {
    return firsts_[port] + element;
  }
  unsigned width(unsigned port) const noexcept { return firsts_[port + 1] - firsts_[port]; }
  unsigned elements() const noexcept { return firsts_.back(); }
  const unsigned* firsts() const noexcept { return firsts_.data(); }
  unsigned error_index() const noexcept { return elements() - 1; }

  void connect(unsigned index, Connection& connection);
  void disconnect(const Connection& connection);
  /// Notes in the batches which ports are connected.
  void mark_connected(Batches& batches) const noexcept;

  /// From now on nothing holds the process back; while held.
  void ignore_capacities() noexcept { unbounded_ = true; }

  /// Packets that fit before the fullest connection is at capacity.
  std::uint64_t room() noexcept;
  /// Any thread: at_capacity() is true whatever the connections hold.
  void set_shut(bool shut) noexcept { shut_.store(shut, std::memory_order_relaxed); }
  /// True if a connection is at capacity. Any thread.
  bool at_capacity() const noexcept;
  /// True if the process must rest until a full connection has room; it will be woken.
  bool held_back() noexcept;
  /// True if a connection inside a cycle, which does not hold the process back, is above its
  /// capacity.
  bool cycle_above_capacity() const noexcept;
  /// Puts the batches into the connections and wakes their consumers. Returns the packets put.
  std::uint64_t publish(Batches& batches);
  /// Closes all connections but those that are left to a successor.
  void close();

  std::uint64_t packets(unsigned index) const noexcept { return ports_[index].packets.get(); }
  bool is_connected(unsigned index) const noexcept { return !ports_[index].connections.empty(); }
  /// Shows what passes the element from now on; null for nobody. By who may connect, though the
  /// process need not be held.
  void set_tap(unsigned index, TapPoint* tap) noexcept;
  template <class Each>
  void for_each(const Each& each) const {
    for (unsigned i = 0; i < elements(); ++i) {
      for (Connection* connection : ports_[i].connections) each(*connection);
    }
  }

 private:
  /// What is to be done with packets, in one word, so that a port that could be tapped costs no
  /// more than one that could not.
  enum class Way : std::uint8_t { ended, put, shown };
  struct Port {
    std::vector<Connection*> connections;
    Counter packets;
    std::atomic<Way> way{Way::ended};
    std::atomic<TapPoint*> tap{nullptr};
  };

  bool holds(const Connection& connection) const noexcept {
    return connection.loop == nullptr && connection.queue.blocks() && !unbounded_;
  }
  static void set_way(Port& port) noexcept;
  std::uint64_t put(detail::PortBatch& batch, Port& port);
  std::uint64_t put_otherwise(detail::PortBatch& batch, Port& port);
  /// Returns how many of them were put: none if the connection is cut.
  std::size_t put_to(Connection& connection, detail::PacketCell** packets, std::size_t count);
  static void end(detail::PacketCell** packets, std::size_t count, Ended as) noexcept;

  std::vector<unsigned> firsts_;
  std::unique_ptr<Port[]> ports_;
  OverflowWatch& watch_;
  bool unbounded_ = false;
  std::atomic<bool> shut_{false};
  // Guards the lists of connections against at_capacity(), the one reader that a hold does not
  // stop.
  mutable std::mutex wiring_;
};

}  // namespace weir::runtime
