#include <cstring>

#include "packet/pool.hpp"
#include "weir/component.hpp"

namespace weir {

void Out::end(Packet&& packet, Ended why) noexcept {
  detail::PacketAccount& account = *pool::current_account();
  account.reason = why;
  packet = Packet();
  account.reason = Ended::consumed;
}

void Out::push(unsigned index, std::span<Packet> packets) {
  // A Packet is its cell's pointer, so an array of packets is an array of cells.
  static_assert(sizeof(Packet) == sizeof(detail::PacketCell*));
  detail::PortBatch& batch = batches_[index];
  while (batch.capacity - batch.size < packets.size()) grow(batch);
  std::memcpy(batch.items + batch.size, static_cast<void*>(packets.data()), packets.size_bytes());
  std::memset(static_cast<void*>(packets.data()), 0, packets.size_bytes());
  batch.size += static_cast<std::uint32_t>(packets.size());
}

std::span<Packet> Out::make(unsigned port, std::size_t count) {
  detail::PortBatch& batch = batches_[first_[port]];
  while (batch.capacity - batch.size < count) grow(batch);
  detail::PacketCell** first = batch.items + batch.size;
  detail::allocate_cells(first, count);
  batch.size += static_cast<std::uint32_t>(count);
  return {reinterpret_cast<Packet*>(first), count};
}

void Out::fail(Packet&& packet, std::string_view kind, std::string_view text) {
  fail_packet(std::move(packet), kind, text);
}

void Out::report(std::string_view kind, std::string_view text) {
  report_error(kind, text);
}

}  // namespace weir
