// The in ports of a process: takes packets from the connections of each element, in turn where
// there are several. Used by the running activation alone, except for the counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/connection.hpp"
#include "runtime/counters.hpp"

namespace weir::runtime {

class Input {
 public:
  /// `widths[p]` is the number of elements of port p.
  explicit Input(const std::vector<unsigned>& widths);

  unsigned elements() const noexcept { return firsts_.back(); }
  unsigned ports() const noexcept { return static_cast<unsigned>(firsts_.size()) - 1; }
  unsigned width(unsigned port) const noexcept { return firsts_[port + 1] - firsts_[port]; }
  unsigned index_of(unsigned port, unsigned element) const noexcept {
    return firsts_[port] + element;
  }
  void connect(unsigned index, Connection& connection);

  /// Takes up to `most` packets of one element.
  std::size_t take(unsigned index, detail::PacketCell** packets, std::size_t most) noexcept;
  /// The same from all elements in turn.
  std::size_t take_any(detail::PacketCell** packets, std::size_t most) noexcept;
  std::uint64_t available(unsigned index) noexcept;
  bool ended(unsigned index) noexcept;
  /// No element will ever have another packet.
  bool all_ended() noexcept;

  /// Frees the places of what was taken and wakes the producers that wait for them; with `stopping`
  /// also those that a resting consumer would not wake later.
  void publish_taken(scheduler::Executor& executor, bool stopping);

  std::uint64_t packets(unsigned index) const noexcept { return elements_[index].packets.get(); }
  std::uint64_t total_packets() const noexcept;
  /// True if a process sends to this element (an initial packet alone does not count).
  bool is_connected(unsigned index) const noexcept { return elements_[index].connected; }

 private:
  struct Element {
    std::vector<Connection*> connections;
    std::size_t turn = 0;
    bool connected = false;
    Counter packets;
  };

  std::vector<unsigned> firsts_;
  std::unique_ptr<Element[]> elements_;
  unsigned turn_ = 0;
};

}  // namespace weir::runtime
