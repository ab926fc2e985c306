// The in ports of a process: takes packets from the connections of each element, in turn where
// there are several. Used by one thread at a time (who has the claim turn), except for the counts;
// wired while the process is held.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/connection.hpp"
#include "runtime/counters.hpp"

namespace weir::runtime {

class TapPoint;

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
  /// With the initial packet of an element, which is taken before all else. Before the first take.
  void connect_initial(unsigned index, Connection& connection);
  /// Forgets the connections for which `done` holds, whatever is in them.
  template <class Done>
  void disconnect_if(const Done& done) {
    for (unsigned i = 0; i < elements(); ++i) {
      elements_[i].turn = 0;
      std::erase_if(elements_[i].connections, [&](Connection* c) { return done(*c); });
      set_count(elements_[i]);
    }
  }
  /// The cycle that the process is part of, or nullptr.
  void set_loop(Loop* loop) noexcept { loop_ = loop; }
  /// Takes in from outside its cycle without asking.
  void ignore_admission() noexcept { admitted_ = true; }
  Loop* loop() const noexcept { return loop_; }

  /// Takes up to `most` packets of one element.
  std::size_t take(unsigned index, detail::PacketCell** packets, std::size_t most) noexcept;
  /// The same from all elements in turn.
  std::size_t take_any(detail::PacketCell** packets, std::size_t most) noexcept;
  std::uint64_t available(unsigned index) noexcept;
  std::uint64_t available() noexcept;
  /// No more will come, as the component is told: the connections have ended, or their cycle.
  bool ended(unsigned index) noexcept;
  bool all_ended() noexcept;
  /// No connection will ever bring another packet, whatever becomes of its cycle.
  bool all_closed() noexcept;

  /// Frees the places of what was taken and wakes the producers that wait for them; with `stopping`
  /// also those that a resting consumer would not wake later.
  void publish_taken(bool stopping);

  std::uint64_t packets(unsigned index) const noexcept { return elements_[index].packets.get(); }
  std::uint64_t total_packets() const noexcept;
  /// True if a process sends to this element (an initial packet alone does not count).
  bool is_connected(unsigned index) const noexcept;
  /// Shows what is taken from the element from now on; null for nobody. By who may connect, though
  /// the process need not be held.
  void set_tap(unsigned index, TapPoint* tap) noexcept;
  /// Calls back with each connection.
  template <class Each>
  void for_each(const Each& each) const {
    for (unsigned i = 0; i < elements(); ++i) {
      for (Connection* connection : elements_[i].connections) each(*connection);
    }
  }

 private:
  struct Element {
    std::vector<Connection*> connections;
    std::size_t turn = 0;
    Counter packets;
    /// Of connections; `tapped` is added if there is a tap, so that an element that could have one
    /// costs no more than one that could not.
    std::atomic<std::size_t> count{0};
    std::atomic<TapPoint*> tap{nullptr};
  };

  static constexpr std::size_t tapped = std::size_t{1} << 32;

  std::uint64_t entry_room() noexcept;
  static void set_count(Element& element) noexcept;
  std::size_t take_from(Element& element, std::size_t count, detail::PacketCell** packets,
                        std::size_t most) noexcept;
  std::size_t take_and_show(Element& element, detail::PacketCell** packets,
                            std::size_t most) noexcept;

  std::vector<unsigned> firsts_;
  std::unique_ptr<Element[]> elements_;
  unsigned turn_ = 0;
  Loop* loop_ = nullptr;
  bool admitted_ = false;
};

}  // namespace weir::runtime
