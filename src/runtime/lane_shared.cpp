// A lane that works beside others: it claims packets with a ticket, and leaves what it emitted in
// the reorder window.
#include <utility>

#include "packet/pool.hpp"
#include "runtime/process_node.hpp"

namespace weir::runtime {

void Lane::begin_sharing() {
  // A packet that waits outside comes before all that will be claimed from now on.
  ProcessNode::Sharing& sharing = *node_.sharing_storage_;
  const bool waits = is_process() && activity() == Activity::waiting;
  if (waits) ticket_ = sharing.window.take_ticket();
  sharing.units.add(*this, waits);
}

Lane::Progress Lane::advance_shared() {
  ProcessNode::Sharing& sharing = *node_.sharing_.load(std::memory_order_relaxed);
  if (node_.over_.load(std::memory_order_acquire)) {
    stop_component();
    settle_accounts();
    node_.discard_input(*this);
    return rest_shared(Activity::idle);
  }
  if (!ticket_ && sharing.units.too_many(*this)) {
    activity_.store(Activity::idle, std::memory_order_relaxed);
    return Progress::rest;
  }
  return is_process() ? step_process() : claim_batch();
}

Lane::Progress Lane::rest_shared(Activity activity) {
  activity_.store(activity, std::memory_order_relaxed);
  const bool rests = node_.sharing_.load(std::memory_order_relaxed)->units.rest(*this);
  return rests ? Progress::rest : Progress::more;
}

// Nothing could be claimed, for this reason.
Lane::Progress Lane::rest_without(Activity why) {
  if (why == Activity::ended) {
    // The end comes once all that was claimed before has been published.
    node_.publish_window(*this);
    if (node_.over_.load(std::memory_order_acquire)) return Progress::more;
    why = Activity::idle;
  }
  return rest_shared(why);
}

Lane::Progress Lane::claim_batch() {
  detail::PacketCell* cells[batch_most];
  const ProcessNode::Claim claim = node_.claim({}, cells, batch_);
  if (claim.count == 0) return rest_without(claim.why);
  ticket_ = claim.ticket;
  const bool ok = handle(cells, claim.count);
  if (!ok) node_.stop_claims();
  finish_ticket();
  note_time(claim.count);
  return Progress::more;
}

Lane::Progress Lane::step_process() {
  claim_failed_ = Activity::running;
  received_ = 0;
  Step step = Step::done;
  const bool ok = expire_if_due() && guarded([&] {
                    step = std::get<std::unique_ptr<Process>>(instance_)->step(*this);
                  });
  note_time(received_, step == Step::waiting);
  if (!ok) {
    stop_component();
    node_.stop_claims();
    finish_ticket();
    return rest_without(Activity::ended);
  }
  switch (step) {
    case Step::waiting:
      note_waiting(received_ != 0);
      activity_.store(Activity::waiting, std::memory_order_relaxed);
      settle_accounts();
      return Progress::rest;
    case Step::yield: settle_accounts(); return Progress::yield;
    case Step::output_full:
      finish_ticket();
      if (!node_.held_back()) return Progress::yield;
      return rest_shared(Activity::blocked);
    case Step::need_input:
    case Step::done: break;
  }
  finish_ticket();
  // It has not looked for more, so there may be some.
  if (claim_failed_ == Activity::running) return Progress::yield;
  return rest_without(claim_failed_);
}

std::size_t Lane::receive_shared(unsigned index, detail::PacketCell** cells, std::size_t most) {
  finish_ticket();
  if (node_.sharing_.load(std::memory_order_relaxed)->units.above_limit()) {
    claim_failed_ = Activity::idle;
    return 0;
  }
  const ProcessNode::Claim claim = node_.claim(index, cells, most, most > 1);
  if (claim.count == 0) {
    claim_failed_ = claim.why;
    return 0;
  }
  received_ += claim.count;
  ticket_ = claim.ticket;
  return claim.count;
}

void Lane::finish_ticket() {
  account_.stamp = 0;
  if (ticket_) {
    Window& window = node_.sharing_.load(std::memory_order_relaxed)->window;
    emission_.swap(window.batches(*ticket_));
    window.finish(*std::exchange(ticket_, std::nullopt));
    node_.publish_window(*this);
  }
  settle_accounts();
}

}  // namespace weir::runtime
