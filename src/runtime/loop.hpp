// A cycle of a running network: a strongly connected component of its graph. Its connections do not
// hold back their producers, or each process of the cycle could come to wait for the next for ever;
// what is held back is the entry: packets come in from outside only while every connection of the
// cycle is below half its capacity. The cycle has ended when all that leads into it has ended, its
// connections are empty, and none of its processes is running, waiting or holding packets.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "runtime/connection.hpp"

namespace weir::runtime {

/// A process of a cycle, as its loop sees it.
class LoopMember : public Wakeable {
 public:
  /// Neither waiting for something outside nor holding packets. Called while it does not run.
  virtual bool empty_handed() const noexcept = 0;

 protected:
  ~LoopMember() = default;
};

/// Built while the network is held; thread-safe after that.
class Loop {
 public:
  void add_member(LoopMember& member) { members_.push_back(&member); }
  void add_inner(Connection& connection) { inner_.push_back(&connection); }
  void add_entry(Connection& connection) { entries_.push_back(&connection); }

  /// Packets that may come in now. When there are none, whoever asked is woken once there are.
  std::uint64_t admits() noexcept;
  /// A process has taken packets out of an inner connection.
  void taken() noexcept;

  /// Around each activation of a member.
  void enter() noexcept;
  void leave() noexcept;
  /// While its members are held: it does not end any more, since another takes its place.
  void suspend() noexcept { suspended_ = true; }
  bool ended() const noexcept { return ended_.load(std::memory_order_acquire); }

 private:
  std::uint64_t room() const noexcept;
  void end_if_empty() noexcept;

  std::vector<LoopMember*> members_;
  std::vector<Connection*> inner_;
  std::vector<Connection*> entries_;
  std::atomic<bool> entry_waits_{false};
  std::atomic<bool> ended_{false};
  bool suspended_ = false;
  std::atomic<std::uint32_t> running_{0};
  std::atomic<std::uint64_t> starts_{0};
};

}  // namespace weir::runtime
