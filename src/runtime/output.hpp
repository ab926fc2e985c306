// The out ports of a process: gathers what a step emits and publishes it, a batch per connection.
// Used by the running activation alone, except for the counts.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "runtime/connection.hpp"
#include "runtime/counters.hpp"
#include "weir/component.hpp"

namespace weir::runtime {

/// What an Output asks of its process when a packet or a step has failed.
class ErrorPolicy {
 public:
  /// True if the packet was turned into an error document that belongs on the error port; else it
  /// was ended.
  virtual bool handle_failed(Packet& packet, std::string_view kind, std::string_view text) = 0;
  virtual void handle_report(std::string_view kind, std::string_view text) = 0;

 protected:
  ~ErrorPolicy() = default;
};

class Output final : public Out {
 public:
  /// `widths[p]` is the number of elements of port p, the last port being the error port.
  Output(const std::vector<unsigned>& widths, std::uint32_t origin, ErrorPolicy& policy);
  ~Output();

  /// Index of an element among all elements of all ports.
  unsigned index_of(unsigned port, unsigned element) const noexcept {
    return first_[port] + element;
  }
  void connect(unsigned index, Connection& connection);

  /// Packets that fit before the fullest connection is at capacity.
  std::uint64_t room() noexcept;
  /// True if a connection is at capacity. Any thread.
  bool at_capacity() const noexcept;
  /// True if the process must rest until a full connection has room; it will be woken.
  bool held_back() noexcept;
  /// Puts what was emitted into the connections and wakes their consumers. Returns the packets put.
  std::uint64_t publish(scheduler::Executor& executor);
  void close(scheduler::Executor& executor);
  /// Packets emitted and not yet published.
  std::uint64_t unpublished() const noexcept;

  std::uint64_t packets(unsigned index) const noexcept { return ports_[index].packets.get(); }
  bool is_connected(unsigned index) const noexcept { return batches_[index].connected; }

 private:
  struct Port {
    std::vector<Connection*> connections;
    Counter packets;
  };

  void grow(detail::PortBatch& batch) override;
  void fail_packet(Packet&& packet, std::string_view kind, std::string_view text) override;
  void report_error(std::string_view kind, std::string_view text) override;
  std::uint64_t put(detail::PortBatch& batch, Port& port, scheduler::Executor& executor);

  std::vector<unsigned> firsts_;
  unsigned error_index_;
  std::uint32_t origin_;
  ErrorPolicy& policy_;
  std::vector<detail::PortBatch> owned_batches_;
  std::unique_ptr<Port[]> ports_;
};

}  // namespace weir::runtime
