#include "runtime/output.hpp"

#include <algorithm>
#include <limits>

namespace weir::runtime {
namespace {
constexpr std::uint32_t first_batch_capacity = 32;
}

Output::Output(const std::vector<unsigned>& widths, std::uint32_t origin, ErrorPolicy& policy)
    : origin_(origin), policy_(policy) {
  unsigned total = 0;
  for (const unsigned width : widths) {
    firsts_.push_back(total);
    total += width;
  }
  firsts_.push_back(total);
  error_index_ = total - 1;
  owned_batches_.resize(total);
  ports_ = std::make_unique<Port[]>(total);
  first_ = firsts_.data();
  batches_ = owned_batches_.data();
}

Output::~Output() {
  for (detail::PortBatch& batch : owned_batches_) {
    for (std::uint32_t i = 0; i < batch.size; ++i) Packet::adopt(batch.items[i]);
    delete[] batch.items;
  }
}

void Output::connect(unsigned index, Connection& connection) {
  ports_[index].connections.push_back(&connection);
  batches_[index].connected = true;
}

void Output::grow(detail::PortBatch& batch) {
  const std::uint32_t capacity = std::max(first_batch_capacity, batch.capacity * 2);
  auto** items = new detail::PacketCell*[capacity];
  std::copy_n(batch.items, batch.size, items);
  delete[] batch.items;
  batch.items = items;
  batch.capacity = capacity;
}

void Output::fail_packet(Packet&& packet, std::string_view kind, std::string_view text) {
  Packet failed(std::move(packet));
  if (policy_.handle_failed(failed, kind, text)) push(error_index_, std::move(failed));
}

void Output::report_error(std::string_view kind, std::string_view text) {
  policy_.handle_report(kind, text);
}

std::uint64_t Output::room() noexcept {
  std::uint64_t least = std::numeric_limits<std::uint32_t>::max();
  for (unsigned i = 0; i <= error_index_; ++i) {
    for (Connection* connection : ports_[i].connections) {
      const std::uint64_t room = connection->queue.room();
      least = std::min(least, room - std::min<std::uint64_t>(room, batches_[i].size));
    }
  }
  return least;
}

bool Output::at_capacity() const noexcept {
  for (unsigned i = 0; i <= error_index_; ++i) {
    for (const Connection* connection : ports_[i].connections) {
      if (connection->queue.length() >= connection->queue.capacity()) return true;
    }
  }
  return false;
}

bool Output::held_back() noexcept {
  for (unsigned i = 0; i <= error_index_; ++i) {
    for (Connection* connection : ports_[i].connections) {
      if (connection->queue.room() == 0 && connection->queue.request_wake()) return true;
    }
  }
  return false;
}

std::uint64_t Output::unpublished() const noexcept {
  std::uint64_t total = 0;
  for (const detail::PortBatch& batch : owned_batches_) total += batch.size;
  return total;
}

std::uint64_t Output::put(detail::PortBatch& batch, Port& port, scheduler::Executor& executor) {
  std::uint64_t bytes = 0;
  for (std::uint32_t i = 0; i < batch.size; ++i) {
    detail::PacketCell* cell = batch.items[i];
    if (cell->origin == 0) cell->origin = origin_;
    Packet packet = Packet::adopt(cell);
    bytes += packet.size_bytes();
    packet.release_to_runtime();
  }
  // Every connection but the last gets shared copies; the packets themselves go to the last.
  for (std::size_t k = 0; k + 1 < port.connections.size(); ++k) {
    Connection& connection = *port.connections[k];
    connection.queue.add_put_bytes(bytes);
    detail::PacketCell* copies[64];
    for (std::uint32_t done = 0; done < batch.size;) {
      std::uint32_t count = 0;
      for (; count < 64 && done < batch.size; ++count, ++done) {
        Packet original = Packet::adopt(batch.items[done]);
        copies[count] = original.share().release_to_runtime();
        original.release_to_runtime();
      }
      connection.queue.put(copies, count, 0);
    }
    wake(executor, *connection.consumer, false);
  }
  Connection& last = *port.connections.back();
  last.queue.put(batch.items, batch.size, bytes);
  const std::uint64_t total = std::uint64_t{batch.size} * port.connections.size();
  port.packets.add(total);
  batch.size = 0;
  wake(executor, *last.consumer, true);
  return total;
}

std::uint64_t Output::publish(scheduler::Executor& executor) {
  std::uint64_t total = 0;
  for (unsigned i = 0; i <= error_index_; ++i) {
    detail::PortBatch& batch = batches_[i];
    if (batch.size == 0) continue;
    if (batch.connected) {
      total += put(batch, ports_[i], executor);
    } else {
      for (std::uint32_t k = 0; k < batch.size; ++k) {
        end(Packet::adopt(batch.items[k]), Ended::filtered);
      }
      batch.size = 0;
    }
  }
  return total;
}

void Output::close(scheduler::Executor& executor) {
  for (unsigned i = 0; i <= error_index_; ++i) {
    for (Connection* connection : ports_[i].connections) {
      connection->queue.close();
      wake(executor, *connection->consumer, false);
    }
  }
}

}  // namespace weir::runtime
