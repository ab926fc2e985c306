#include "runtime/process_node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "packet/pool.hpp"

namespace weir::runtime {
namespace {

// Tickets in the reorder window for each unit: more only adds memory and delay.
constexpr std::uint64_t tickets_per_unit = 4;
constexpr std::size_t discard_batch = 256;

}  // namespace

ProcessNode::ProcessNode(std::shared_ptr<const graph::ProcessModel> model,
                         const std::vector<unsigned>& input_widths,
                         const std::vector<unsigned>& output_widths, std::uint32_t origin,
                         scheduler::Executor& executor, NetworkEvents& events)
    : kept_model_(std::move(model)),
      model_(*kept_model_),
      executor_(executor),
      events_(events),
      origin_(origin),
      input_(input_widths),
      output_(output_widths, *this),
      in_flight_(events.in_flight()),
      gate_(executor, events.memory(), output_, *this) {
  gate_.set_rate(model_.rate);
  lanes_.push_back(std::make_unique<Lane>(*this));
  first_ = lanes_.front().get();
}

ProcessNode::~ProcessNode() {
  in_flight_.forget(*this);
}

void ProcessNode::start_component() {
  first_->start_component();
  started_ = true;
}

void ProcessNode::start_failed() noexcept {
  give_up();
  failed_.store(true, std::memory_order_release);
  output_.close();
  over_.store(true, std::memory_order_release);
}

void ProcessNode::submit(Lane& lane, bool next) noexcept {
  if (lane.notify()) executor_.submit(lane, next);
}

void ProcessNode::set_to_work(Lane* lane) noexcept {
  if (lane != nullptr) submit(*lane, false);
}

void ProcessNode::wake(bool next) noexcept {
  Sharing* sharing = sharing_.load(std::memory_order_acquire);
  if (sharing == nullptr) {
    submit(*first_, next);
  } else if (Lane* lane = sharing->units.admit()) {
    submit(*lane, next);
  }
}

bool ProcessNode::waits_for_input() const noexcept {
  if (has_ended() || is_source()) return true;
  {
    const std::lock_guard lock(lanes_mutex_);
    if (busy()) return false;
  }
  const Activity now = activity();
  if (now == Activity::ready || now == Activity::running || now == Activity::throttled) {
    return false;
  }
  if (now != Activity::waiting) return true;
  ProcessSnapshot figures;
  read(figures);
  return figures.held == 0;
}

bool ProcessNode::empty_handed() const noexcept {
  const Activity now = activity();
  if (now == Activity::waiting || now == Activity::ready) return false;
  ProcessSnapshot figures;
  read(figures);
  return figures.held == 0;
}

void ProcessNode::hold() noexcept {
  for (const auto& lane : lanes_) lane->hold();
}

bool ProcessNode::busy() const noexcept {
  return std::any_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane->busy(); });
}

void ProcessNode::release() {
  for (const auto& lane : lanes_) {
    if (lane->release()) executor_.submit(*lane, false);
  }
  wake(false);
}

void ProcessNode::set_gone() noexcept {
  for (const auto& lane : lanes_) lane->set_gone();
}

void ProcessNode::give_up() noexcept {
  for (const auto& lane : lanes_) lane->give_up();
}

void ProcessNode::retire() noexcept {
  retiring_.store(true, std::memory_order_release);
  // It must come to its end, though those that it would wait for may wait for its successor.
  output_.ignore_capacities();
  input_.ignore_admission();
}

bool ProcessNode::runs(const scheduler::Task* task) const noexcept {
  const std::lock_guard lock(lanes_mutex_);
  return std::any_of(lanes_.begin(), lanes_.end(),
                     [task](const auto& lane) { return lane.get() == task; });
}

void ProcessNode::set_concurrency(unsigned units) {
  const std::uint64_t tickets = tickets_per_unit * units;
  if (units == 1 && sharing_storage_ == nullptr) return;
  std::vector<std::unique_ptr<Lane>> more;
  for (std::size_t have = lanes_.size(); have + more.size() < units;) {
    more.push_back(std::make_unique<Lane>(*this));
    if (started_) more.back()->start_component();
  }
  if (sharing_storage_ == nullptr) {
    auto sharing = std::make_unique<Sharing>(model_.order == graph::Order::keep);
    sharing->window.resize(tickets, output_);
    sharing_storage_ = std::move(sharing);
    first_->begin_sharing();
    sharing_.store(sharing_storage_.get(), std::memory_order_release);
  } else {
    sharing_storage_->window.resize(tickets, output_);
  }
  {
    const std::lock_guard lock(lanes_mutex_);
    for (auto& lane : more) {
      sharing_storage_->units.add(*lane, false);
      lanes_.push_back(std::move(lane));
    }
    const Time now = executor_.now();
    surplus_ns_ += surplus_ * static_cast<std::uint64_t>((now - surplus_since_).count());
    surplus_ = static_cast<unsigned>(lanes_.size()) - units;
    surplus_since_ = now;
  }
  sharing_storage_->units.set_limit(units);
  concurrency_.store(units, std::memory_order_relaxed);
}

void ProcessNode::rewired() noexcept {
  for (const auto& lane : lanes_) lane->mark_connected(output_);
  if (sharing_storage_ != nullptr) sharing_storage_->window.mark_connected(output_);
  gate_.set_source(is_source());
}

// Takes packets and a ticket together, so that the tickets follow the order of the packets.
ProcessNode::Claim ProcessNode::claim(std::optional<unsigned> index, detail::PacketCell** cells,
                                      std::size_t most, bool all) {
  Sharing& sharing = *sharing_.load(std::memory_order_relaxed);
  Claim claim;
  bool more = false;
  {
    const std::lock_guard turn(sharing.claim_turn);
    claim.why = why_not(sharing);
    if (claim.why == Activity::running) {
      const std::uint64_t waiting = input_.available();
      const unsigned free = all ? 1 : sharing.units.free_units();
      most =
          std::clamp<std::uint64_t>(std::min((waiting + free - 1) / free, output_.room()), 1, most);
      if (gate_.limits_input()) most = gate_.admits(most);
      claim.count = index ? input_.take(*index, cells, most) : input_.take_any(cells, most);
      if (claim.count != 0) {
        if (gate_.limits_input()) gate_.took(claim.count);
        claim.ticket = sharing.window.take_ticket();
        more = waiting > claim.count;
      } else if (input_.all_ended()) {
        sharing.exhausted.store(true, std::memory_order_release);
        claim.why = Activity::ended;
      } else {
        claim.why = Activity::idle;
      }
    }
    input_.publish_taken(claim.count == 0);
  }
  if (more) set_to_work(sharing.units.admit_more());
  return claim;
}

// Why no packets may be claimed now, or `running` if they may. With the claim turn.
Activity ProcessNode::why_not(Sharing& sharing) {
  if (sharing.exhausted.load(std::memory_order_relaxed)) return Activity::ended;
  if (sharing.window.full()) {
    // The wish is stored, then the window is looked at again; who publishes moves the window, then
    // reads the wish.
    sharing.window_waits.store(true, std::memory_order_seq_cst);
    if (sharing.window.full()) return Activity::blocked;
  }
  if (output_.room() == 0 && output_.held_back()) return Activity::blocked;
  if (input_.loop() != nullptr && gate_.held_in_cycle()) return Activity::blocked;
  if (gate_.limits_input() && input_.available() != 0 && gate_.admits(1) == 0) {
    gate_.wait();
    return Activity::throttled;
  }
  return Activity::running;
}

bool ProcessNode::held_back() {
  const std::lock_guard turn(sharing_.load(std::memory_order_relaxed)->claim_turn);
  return output_.held_back();
}

void ProcessNode::stop_claims() {
  Sharing& sharing = *sharing_.load(std::memory_order_relaxed);
  const std::lock_guard turn(sharing.claim_turn);
  sharing.exhausted.store(true, std::memory_order_release);
}

void ProcessNode::publish_window(Lane& lane) {
  Sharing& sharing = *sharing_.load(std::memory_order_relaxed);
  sharing.publish_turn.request([&] {
    const bool moved = sharing.window.publish_finished(
        [&](Batches& batches) { lane.out_.add(output_.publish(batches)); });
    if (moved && sharing.window_waits.load(std::memory_order_seq_cst) &&
        sharing.window_waits.exchange(false, std::memory_order_acq_rel)) {
      wake(false);
    }
    if (sharing.exhausted.load(std::memory_order_acquire) && sharing.window.empty()) {
      complete(lane, !failed_.load(std::memory_order_acquire));
    }
  });
  lane.settle_accounts();
}

void ProcessNode::complete(Lane& lane, bool call_finish) {
  if (over_.load(std::memory_order_relaxed)) return;
  lane.take_time();
  // No other lane is inside its Transform or Batch: all they claimed has been published.
  for (const auto& each : lanes_) {
    if (each->is_process()) continue;
    if (call_finish) each->call_finish();
    lane.out_.add(output_.publish(each->emission_.batches()));
  }
  lane.stop_component();
  lane.out_.add(output_.publish(lane.emission_.batches()));
  lane.settle_accounts();
  output_.close();
  over_.store(true, std::memory_order_release);
  // Each of the others stops its own instance, which may be inside a step now.
  for (const auto& each : lanes_) {
    if (each.get() != &lane) submit(*each, false);
  }
}

void ProcessNode::give_in() noexcept {
  output_.close();
  over_.store(true, std::memory_order_release);
}

void ProcessNode::discard_input(Lane& lane) {
  lane.look_at_input([&] {
    detail::PacketCell* cells[discard_batch];
    while (const std::size_t count = input_.take_any(cells, discard_batch)) {
      lane.account_.reason = Ended::drained;
      detail::release_cells(cells, count);
      lane.account_.reason = Ended::consumed;
      lane.settle_accounts();
      input_.publish_taken(true);
    }
    if (input_.all_closed() && !reported_end_.exchange(true, std::memory_order_acq_rel)) {
      events_.process_ended();
    }
  });
}

void ProcessNode::overflowed(Connection& connection, std::uint64_t beyond) noexcept {
  if (connection.queue.blocks()) {
    if (errors_.admit(executor_.now()) >= 0) {
      log_process(LogLevel::warning, model_.name,
                  fmt::format("{} holds {} packets more than its capacity and overflow.limit: a "
                              "step emitted many at once; nothing is lost",
                              connection.name, beyond));
    }
    return;
  }
  errors_.count("overflow");
  const std::string reason = fmt::format(
      "process {}: {} holds {} packets more than its capacity and overflow.limit allow "
      "(overflow.then: fail)",
      model_.name, connection.name, beyond);
  if (errors_.admit(executor_.now()) >= 0) log_process(LogLevel::error, model_.name, reason);
  // A cycle could go on making packets of its own: it is cut here.
  if (connection.loop != nullptr) connection.cut.store(true, std::memory_order_relaxed);
  events_.process_failed(reason);
}

void ProcessNode::report(std::string_view kind, std::string_view text, std::string_view fate) {
  errors_.count(kind);
  const std::int64_t held = errors_.admit(executor_.now());
  if (held < 0) return;
  std::string message = fmt::format("{} ({})", text, kind);
  if (!fate.empty()) message += fmt::format("; {}", fate);
  if (held != 0) message += fmt::format("; {} more errors since the last message", held);
  log_process(LogLevel::error, model_.name, message);
}

Activity ProcessNode::activity() const noexcept {
  if (failed_.load(std::memory_order_relaxed)) return Activity::failed;
  if (has_ended()) return Activity::ended;
  // The most active of the lanes.
  constexpr Activity ranks[] = {Activity::running, Activity::ready, Activity::waiting,
                                Activity::blocked, Activity::throttled};
  const std::lock_guard lock(lanes_mutex_);
  for (const Activity activity : ranks) {
    for (const auto& lane : lanes_) {
      if (lane->activity() == activity) return activity;
    }
  }
  return Activity::idle;
}

// A lane beyond the limit rests, and a lane that rests without a reason counts as starved.
UnitTimes ProcessNode::unit_times(Time now) const noexcept {
  UnitTimes times{};
  for (const auto& lane : lanes_) lane->add_times(times, now);
  const Duration since = now - surplus_since_;
  const std::uint64_t beyond =
      surplus_ns_ +
      surplus_ * static_cast<std::uint64_t>(std::max<Duration::rep>(since.count(), 0));
  std::uint64_t& starved = times[static_cast<std::size_t>(UnitState::starved)];
  starved -= std::min(starved, beyond);
  return times;
}

void ProcessNode::read(ProcessFigures& into, Time now) const noexcept {
  into.in = input_.total_packets();
  {
    const std::lock_guard lock(lanes_mutex_);
    for (const auto& lane : lanes_) lane->read(into);
    into.time_ns = unit_times(now);
  }
  into.errors = errors_.total();
  into.concurrency = concurrency();
  into.ended = is_over();
}

void ProcessNode::read(ProcessSnapshot& into) const {
  into.in = input_.total_packets();
  {
    const std::lock_guard lock(lanes_mutex_);
    for (const auto& lane : lanes_) lane->read(into);
    into.time_ns = unit_times(executor_.now());
  }
  const std::uint64_t left = into.in + into.created;
  const std::uint64_t gone = std::accumulate(into.ended.begin(), into.ended.end(), into.out);
  into.held = left > gone ? left - gone : 0;
  into.errors = errors_.read();
  into.health = health_.read(executor_.now());
  into.activity = activity();
  into.concurrency = concurrency();
}

}  // namespace weir::runtime
