// A connection of a running network: the queue between two processes, and whom to wake at its ends.
#pragma once

#include <atomic>
#include <string>

#include "connection/queue.hpp"
#include "runtime/counters.hpp"

namespace weir::runtime {

class Loop;

/// An end of a connection.
class Wakeable {
 public:
  /// Lets the process look at its ports again; with `next` it runs next on this worker, if this is
  /// one. Thread-safe.
  virtual void wake(bool next) noexcept = 0;

 protected:
  ~Wakeable() = default;
};

/// What is not in the queue changes only while both processes are held.
struct Connection {
  Connection(std::string called, std::uint32_t capacity, const connection::Overflow& overflow)
      : queue(capacity, overflow), name(std::move(called)) {}

  connection::Queue queue;
  /// How often it was full and made its producer rest.
  Counter holds;
  /// Null for an initial packet, which no process sends, and once the connection was removed.
  Wakeable* producer = nullptr;
  Wakeable* consumer = nullptr;
  /// "read.out -> parse.in"
  std::string name;
  /// The cycle that it is part of; null for one that is part of none.
  Loop* loop = nullptr;
  /// Its consumer (producer) is being replaced: it takes (puts) no more and leaves the rest to its
  /// successor.
  bool consumer_leaves = false;
  bool producer_leaves = false;
  /// Its producer is being removed together with the cycle that both are part of: what it has not
  /// sent by the time this is empty is not waited for, or two such would wait for each other.
  bool ends_when_empty = false;
  /// It overflowed with `then: fail` inside a cycle: what is put from then on ends at once, counted
  /// as drained.
  std::atomic<bool> cut{false};
};

}  // namespace weir::runtime
