// A lane that is the only one of its process: the ports are its own.
#include "packet/pool.hpp"
#include "runtime/process_node.hpp"

#include <algorithm>

namespace weir::runtime {

Lane::Progress Lane::advance_alone() {
  if (node_.over_.load(std::memory_order_relaxed)) {
    node_.discard_input(*this);
    activity_.store(Activity::idle, std::memory_order_relaxed);
    return Progress::rest;
  }
  return is_process() ? advance_process() : advance_packets();
}

Lane::Progress Lane::rest(Activity activity) {
  activity_.store(activity, std::memory_order_relaxed);
  node_.input_.publish_taken(true);
  return Progress::rest;
}

// There are packets, and no token for them.
Lane::Progress Lane::rest_throttled() {
  node_.gate_.wait();
  return rest(Activity::throttled);
}

Lane::Progress Lane::advance_packets() {
  Input& input = node_.input_;
  const std::uint64_t room = node_.output_.room();
  if (room == 0 && node_.output_.held_back()) return rest(Activity::blocked);
  if (input.loop() != nullptr && node_.gate_.held_in_cycle()) return rest(Activity::blocked);
  detail::PacketCell* cells[batch_most];
  std::size_t most = std::clamp<std::uint64_t>(room, 1, batch_);
  const bool limited = node_.gate_.limits_input();
  if (limited) most = node_.gate_.admits(most);
  if (most == 0 && input.available() != 0) return rest_throttled();
  const std::size_t count = input.take_any(cells, most);
  if (count == 0) {
    if (!input.all_ended()) return rest(Activity::idle);
    node_.complete(*this, true);
    return Progress::more;
  }
  if (limited) node_.gate_.took(count);
  input.publish_taken(false);
  const bool ok = handle(cells, count);
  publish();
  note_time(count);
  if (!ok) node_.complete(*this, false);
  return Progress::more;
}

std::size_t Lane::receive_alone(unsigned index, detail::PacketCell** cells, std::size_t most) {
  if (no_claims_) return 0;
  const bool limited = node_.gate_.limits_input();
  if (limited) {
    most = std::min<std::uint64_t>(most, node_.input_.available(index));
    if (most != 0) most = node_.gate_.admits(most);
    if (most == 0) return 0;
  }
  const std::size_t count = node_.input_.take(index, cells, most);
  if (limited && count != 0) node_.gate_.took(count);
  return count;
}

Lane::Progress Lane::advance_process() {
  Input& input = node_.input_;
  Output& output = node_.output_;
  const bool held_back =
      output.held_back() || (input.loop() != nullptr && node_.gate_.held_in_cycle());
  // What waits outside goes on waiting, and is asked whether it has done so.
  if (held_back && !waits_outside_) return rest(Activity::blocked);
  no_claims_ = held_back;
  waits_outside_ = false;
  Gate& gate = node_.gate_;
  if (gate.limits_sending()) {
    const Activity why = gate.before_step(node_.stopping());
    if (why != Activity::running) return rest(why);
  }
  gate.take_cut();
  const bool inputs_ended = input.all_ended();
  const std::uint64_t in_before = input.total_packets();
  const std::uint64_t out_before = out_.get();
  Step step = Step::done;
  const bool ok = expire_if_due() && guarded([&] {
                    step = std::get<std::unique_ptr<Process>>(instance_)->step(*this);
                  });
  publish();
  const std::uint64_t received = input.total_packets() - in_before;
  const std::uint64_t sent = out_.get() - out_before;
  note_time(input.elements() == 0 ? sent : received, step == Step::waiting);
  if (!ok) {
    node_.complete(*this, false);
    return Progress::more;
  }
  input.publish_taken(false);
  switch (step) {
    case Step::done: node_.complete(*this, false); return Progress::more;
    // Within its budget it is called again at once, and then after others.
    case Step::yield:
      if (no_claims_) return rest(Activity::blocked);
      if (received != 0 || sent != 0) return Progress::more;
      return gate.take_cut() ? rest_throttled() : Progress::yield;
    case Step::output_full: {
      if (output.held_back()) return rest(Activity::blocked);
      const Activity why = gate.after_step();
      return why == Activity::running ? Progress::yield : rest(why);
    }
    case Step::waiting:
      if (gate.take_cut()) gate.wait();
      note_waiting(received != 0);
      waits_outside_ = holds_packets();
      return rest(held_back && !waits_outside_ ? Activity::blocked : Activity::waiting);
    case Step::need_input: break;
  }
  if (no_claims_) return rest(Activity::blocked);
  if (gate.take_cut()) return rest_throttled();
  // A component that still wants input after it was told that there is none has come to its end.
  if (inputs_ended && inputs_end_was_told_ && received == 0) {
    node_.complete(*this, false);
    return Progress::more;
  }
  inputs_end_was_told_ = inputs_ended;
  if (input.all_ended()) return Progress::more;
  return rest(Activity::idle);
}

}  // namespace weir::runtime
