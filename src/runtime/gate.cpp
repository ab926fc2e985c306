#include "runtime/gate.hpp"

#include <algorithm>
#include <limits>

#include "packet/slab.hpp"

namespace weir::runtime {
namespace {

// A source that is held by the budget looks so often whether there is room again.
constexpr Duration look_every = std::chrono::milliseconds(10);

}  // namespace

void Gate::set_rate(const std::optional<graph::Rate>& rate) {
  if (!rate) {
    bucket_.reset();
  } else if (bucket_) {
    bucket_->set_rate(*rate, executor_.now());
  } else {
    bucket_.emplace(*rate, executor_.now());
  }
}

std::uint64_t Gate::admits(std::uint64_t most) noexcept {
  const std::uint64_t tokens = bucket_->admits(most, executor_.now());
  if (tokens < most) cut_ = true;
  return tokens;
}

void Gate::wait() {
  const Time now = executor_.now();
  alarm_.set(now + bucket_->until_next(now), now);
}

Activity Gate::before_step(bool stopping) {
  if (!limits_sending()) return Activity::running;
  const bool held = !stopping && held_by_memory();
  const bool throttled = bucket_ && bucket_->admits(1, executor_.now()) == 0;
  // Who asks whether this source can send, before it lets something in, learns of it.
  output_.set_shut(held || throttled);
  if (held) return Activity::blocked;
  if (!throttled || stopping) return Activity::running;
  wait();
  return Activity::throttled;
}

Activity Gate::after_step() {
  if (!source_ || !bucket_ || bucket_->admits(1, executor_.now()) != 0) return Activity::running;
  wait();
  return Activity::throttled;
}

// At the budget a source rests. One whose packets all have been taken may still send what the
// budget has to spare: somebody may wait for just that, and hold what others have sent.
bool Gate::held_by_memory() {
  spare_ = 0;
  if (!budget_.holds(executor_.recent())) {
    next_look_.reset();
    return false;
  }
  const Time now = executor_.now();
  const bool look = next_look_ && now >= *next_look_;
  if (look && outputs_are_empty()) spare_ = budget_.spare(now);
  if (look || !next_look_) next_look_ = now + look_every;
  alarm_.set(*next_look_, now);
  return spare_ == 0;
}

bool Gate::outputs_are_empty() const noexcept {
  bool empty = true;
  output_.for_each(
      [&](const Connection& connection) { empty = empty && connection.queue.length() == 0; });
  return empty;
}

std::uint64_t Gate::may_send() noexcept {
  std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  if (bucket_) most = bucket_->admits(most, executor_.now());
  if (budget_.limit() == 0) return most;
  // Until it is known how large they are, one. Then half of what there is room for, since other
  // sources send too.
  const std::uint64_t fit = packet_bytes_ == 0 ? 0 : budget_.room() / 2 / packet_bytes_;
  return std::min(most, spare_ != 0 ? spare_ : std::max<std::uint64_t>(fit, 1));
}

void Gate::sends(const Batches& batches) noexcept {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  for (unsigned i = 0; i < batches.ports(); ++i) {
    const detail::PortBatch& batch = batches[i];
    if (batch.size == 0 || !batch.connected) continue;
    packets += batch.size;
    // The first and the last stand for all. A block is up to twice as large as what is in it.
    for (const detail::PacketCell* cell : {batch.items[0], batch.items[batch.size - 1]}) {
      bytes = std::max<std::uint64_t>(bytes, 2 * detail::payload_bytes(*cell) + sizeof *cell);
    }
  }
  if (packets == 0) return;
  if (bucket_) bucket_->take(packets);
  // Large ones are remembered for a while.
  packet_bytes_ = std::max(bytes, packet_bytes_ - packet_bytes_ / 4);
  spare_ = 0;
}

// The connections of a cycle do not hold back who sends into them, and what a cycle makes of a
// packet may be without end. At the budget its members rest like sources: what they send into is
// above its capacity, and they look again.
bool Gate::held_in_cycle() {
  if (budget_.limit() == 0 || !output_.cycle_above_capacity()) return false;
  if (slab::used_bytes_at_most() < budget_.limit() || budget_.has_reserve()) return false;
  const Time now = executor_.now();
  alarm_.set(now + look_every, now);
  return true;
}

}  // namespace weir::runtime
