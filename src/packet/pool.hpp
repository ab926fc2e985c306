// Packet cells from the slab pool, counted. Every thread has a current account, which the runtime
// points at the process that runs on it; packets made or ended on other threads go to the thread's
// own account.
#pragma once

#include <cstdint>

#include "packet/slab.hpp"
#include "weir/detail/cell.hpp"

namespace weir::pool {

/// The account that packets are counted to on this thread; never null.
detail::PacketAccount*& current_account() noexcept;

/// Makes `account` current for its own lifetime.
class AccountScope {
 public:
  explicit AccountScope(detail::PacketAccount& account) noexcept : previous_(current_account()) {
    current_account() = &account;
  }
  ~AccountScope() { current_account() = previous_; }
  AccountScope(const AccountScope&) = delete;
  AccountScope& operator=(const AccountScope&) = delete;

 private:
  detail::PacketAccount* previous_;
};

/// Packets alive in the whole program. Exact while no packet is being made or ended.
std::uint64_t live_packets() noexcept;

}  // namespace weir::pool
