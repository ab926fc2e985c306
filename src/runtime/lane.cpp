#include "runtime/lane.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "packet/pool.hpp"
#include "runtime/process_node.hpp"
#include "weir/config.hpp"

namespace weir::runtime {
namespace {

// What a batch should take at most, so that nothing waits long behind it.
constexpr Duration batch_time = std::chrono::microseconds(100);
// For so long, as far as can be foreseen, a lane goes on without a look at the clock.
constexpr std::uint64_t untimed_most_ns = 20'000;
// An activation yields after so many packets or so long, whichever is first.
constexpr std::uint64_t budget_packets = 1024;
constexpr Duration budget_time = std::chrono::microseconds(200);

void clear_stamps(std::span<detail::PacketCell* const> cells) noexcept {
  for (detail::PacketCell* cell : cells) cell->stamp = 0;
}

Instance make_instance(const graph::ProcessModel& model) {
  return model.component->make(Config(*model.component, model.config));
}

}  // namespace

Lane::Lane(ProcessNode& node)
    : node_(node),
      instance_(make_instance(node.model_)),
      emission_(node.output_, *this),
      waits_(*this, node.executor_, node.output_),
      expiry_(node.model_.timeout, waits_) {
  account_.origin = node.origin_;
  const ComponentSpec& spec = *node.model_.component;
  blocking = spec.blocking != nullptr && spec.blocking(Config(spec, node.model_.config));
  // Before it is known how long a call takes, other units must get their share.
  if (blocking) batch_ = 1;
}

Lane::~Lane() {
  give_up();
}

void Lane::start_component() {
  const pool::AccountScope scope(account_);
  started_ = true;
  std::visit([this](auto& component) { component->start(*this); }, instance_);
  settle_accounts();
}

void Lane::give_up() noexcept {
  waits_.end();
  leave_in_flight();
  if (!std::exchange(started_, false)) return;
  node_.health_.set(this, {}, Time());
  // What a process that is given up still holds was not handled: it stays counted as held.
  detail::PacketAccount not_counted;
  const pool::AccountScope scope(not_counted);
  if (auto* process = std::get_if<std::unique_ptr<Process>>(&instance_)) (*process)->stop();
}

void Lane::stop_component() noexcept {
  waits_.end();
  if (!std::exchange(started_, false)) return;
  node_.health_.set(this, {}, Time());
  auto* process = std::get_if<std::unique_ptr<Process>>(&instance_);
  if (process == nullptr) return;
  // What a process still holds when it fails was not handled.
  if (node_.failed_.load(std::memory_order_relaxed)) account_.reason = Ended::error;
  (*process)->stop();
  account_.reason = Ended::consumed;
}

// Of the packets that a source has emitted, gives those that are sampled a stamp, unless the source
// gave it one, and the others none.
void Lane::stamp_samples() noexcept {
  const LatencySampler& sampler = node_.events_.latency();
  const unsigned one_in = sampler.one_in();
  if (one_in == 0) return;
  until_sample_ = std::min(until_sample_, one_in - 1);
  std::uint64_t now = 0;
  Batches& batches = emission_.batches();
  for (unsigned port = 0; port < batches.ports(); ++port) {
    const std::span<detail::PacketCell*> cells(batches[port].items, batches[port].size);
    // A source that stamps does so with all.
    const bool stamped = !cells.empty() && cells[0]->stamp != 0;
    std::size_t i = 0;
    for (; cells.size() - i > until_sample_; ++i) {
      if (stamped) clear_stamps(cells.subspan(i, until_sample_));
      i += until_sample_;
      until_sample_ = one_in - 1;
      if (now == 0) now = sampler.stamp();
      if (!stamped) cells[i]->stamp = now;
    }
    if (stamped) clear_stamps(cells.subspan(i));
    until_sample_ -= static_cast<unsigned>(cells.size() - i);
  }
}

void Lane::publish() {
  account_.stamp = 0;
  if (account_.latency != nullptr && node_.is_source()) stamp_samples();
  if (node_.sharing_.load(std::memory_order_acquire) == nullptr) {
    if (node_.gate_.limits_sending()) node_.gate_.sends(emission_.batches());
    out_.add(node_.output_.publish(emission_.batches()));
  }
  settle_accounts();
}

Packet Lane::receive(unsigned port, unsigned element) {
  Packet packet;
  receive_batch({&packet, 1}, port, element);
  return packet;
}

std::size_t Lane::receive_batch(std::span<Packet> into, unsigned port, unsigned element) {
  const unsigned index = node_.input_.index_of(port, element);
  // A Packet is its cell's pointer, so that an array of empty packets has room for as many cells.
  auto** cells = reinterpret_cast<detail::PacketCell**>(into.data());
  const std::size_t count = node_.sharing_.load(std::memory_order_acquire) != nullptr
                                ? receive_shared(index, cells, into.size())
                                : receive_alone(index, cells, into.size());
  if (count == 0) return 0;
  last_received_ = count;
  if (account_.latency != nullptr) account_.stamp = cells[0]->stamp;
  return count;
}

std::shared_ptr<Pool> Lane::resource(std::string_view name) {
  return node_.events_.resource(name);
}

std::size_t Lane::available_at(unsigned port, unsigned element) const {
  if (no_claims_) return 0;
  return look_at_input([&] {
    const std::uint64_t there = node_.input_.available(node_.input_.index_of(port, element));
    return node_.gate_.limits_input() ? node_.gate_.admits(there) : there;
  });
}

bool Lane::ended_at(unsigned port, unsigned element) const {
  return look_at_input([&] { return node_.input_.ended(node_.input_.index_of(port, element)); });
}

std::size_t Lane::available(unsigned port) const {
  std::size_t total = 0;
  for (unsigned i = 0; i < width(port); ++i) total += available_at(port, i);
  return total;
}

bool Lane::ended(unsigned port) const {
  for (unsigned i = 0; i < width(port); ++i) {
    if (!ended_at(port, i)) return false;
  }
  return true;
}

unsigned Lane::width(unsigned port) const {
  return node_.input_.width(port);
}

std::size_t Lane::room() const {
  // What is emitted for a packet that was claimed beside others is always taken in.
  if (ticket_) return batch_most;
  return look_at_input([&]() -> std::size_t {
    std::uint64_t least = node_.output_.room();
    if (node_.gate_.limits_sending()) least = std::min(least, node_.gate_.may_send());
    const Batches& emitted = emission_.batches();
    for (unsigned i = 0; i < emitted.ports(); ++i) {
      least -= std::min<std::uint64_t>(least, emitted[i].size);
    }
    return least;
  });
}

bool Lane::stopping() const {
  return node_.stopping();
}

Time Lane::now() const {
  return node_.executor_.now();
}

void Lane::spin(Duration time) {
  node_.executor_.spin(time);
}

boost::asio::io_context* Lane::asio() noexcept {
  return node_.executor_.io();
}

void Lane::report_state(std::string_view text) {
  node_.health_.set(this, text, node_.executor_.now());
}

std::string_view Lane::process_name() const {
  return node_.model_.name;
}

void Lane::log(LogLevel level, std::string_view text) {
  log_process(level, node_.model_.name, text);
}

bool Lane::handle_failed(Packet& packet, std::string_view kind, std::string_view text) {
  using graph::OnError;
  const OnError policy = node_.model_.on_error;
  if (policy == OnError::route && node_.output_.is_connected(node_.output_.error_index())) {
    node_.errors_.count(kind);
    make_error_document(packet, kind, text, node_.model_.name);
    return true;
  }
  node_.report(
      kind, text,
      policy == OnError::stop ? "the network stops (on_error: stop)" : "the packet was dropped");
  if (policy == OnError::stop) {
    node_.events_.process_failed(fmt::format("process {}: {} ({})", node_.model_.name, text, kind));
  }
  emission_.end(std::move(packet), Ended::error);
  return false;
}

void Lane::handle_report(std::string_view kind, std::string_view text) {
  node_.report(kind, text, {});
}

void Lane::settle_accounts() noexcept {
  if (!has_figures) return;
  if (account_.created != 0) created_.add(std::exchange(account_.created, 0));
  for (std::size_t reason = 0; reason < ended_reasons; ++reason) {
    if (account_.ended[reason] != 0) {
      ended_[reason].add(std::exchange(account_.ended[reason], 0));
    }
  }
}

void Lane::note_time(std::uint64_t packets, bool waits) noexcept {
  untimed_ += packets;
  // A look at the clock costs as much as several packets may.
  if (!waits && untimed_ * each_ns_ > untimed_most_ns) take_time();
}

// What is waited for counts once it is over, with the time that it waited.
void Lane::observe_time(std::uint64_t packets, Duration took) noexcept {
  const bool waits = activity() == Activity::waiting && holds_packets();
  if (!waits && waited_for_ == 0) {
    times_.observe(packets, took);
    return;
  }
  const std::uint64_t all = waited_for_ + packets;
  // What was received last is what is waited for; without news it is what it was.
  const std::uint64_t still = !waits         ? 0
                              : packets == 0 ? waited_for_
                                             : std::min(all, last_received_);
  if (all == still) {
    waited_ += took;
  } else {
    times_.observe(all - still, std::exchange(waited_, Duration::zero()) + took);
  }
  waited_for_ = still;
}

void Lane::take_time() noexcept {
  if (!has_figures) {
    batch_ = batch_most;
    return;
  }
  const Time now = node_.executor_.now();
  const Duration took = now - step_start_;
  step_start_ = now;
  const std::uint64_t packets = std::exchange(untimed_, 0);
  observe_time(packets, took);
  if (packets == 0) return;
  note_gap(now);
  each_ns_ = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(took.count()) / packets);
  const auto fit = static_cast<std::uint64_t>(batch_time.count()) / each_ns_;
  batch_ = static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(fit, 1, std::min<std::uint64_t>(batch_most, 2 * batch_)));
}

void Lane::note_gap(Time now) noexcept {
  gaps_.add(now - std::exchange(gap_start_, now));
}

bool Lane::holds_packets() const noexcept {
  if (ticket_) return true;
  if (node_.input_.elements() == 0 || node_.sharing_.load(std::memory_order_acquire) != nullptr) {
    return false;
  }
  std::uint64_t left = out_.get();
  for (const Counter& reason : ended_) left += reason.get();
  return node_.input_.total_packets() + created_.get() > left;
}

UnitState Lane::resting_state() const noexcept {
  switch (activity()) {
    case Activity::waiting: return holds_packets() ? UnitState::waiting : UnitState::starved;
    case Activity::blocked: return UnitState::blocked;
    case Activity::throttled: return UnitState::throttled;
    default: return UnitState::starved;
  }
}

void Lane::fail_process(std::string_view kind, std::string_view what) noexcept {
  node_.failed_.store(true, std::memory_order_release);
  try {
    tell_failed(kind, what);
  } catch (const std::exception&) {
    // Short enough to need no memory.
    node_.events_.process_failed("out of memory");
  }
}

void Lane::tell_failed(std::string_view kind, std::string_view what) {
  node_.errors_.count(kind);
  log_process(LogLevel::error, node_.model_.name, fmt::format("failed: {} ({})", what, kind));
  node_.events_.process_failed(fmt::format("process {}: {} ({})", node_.model_.name, what, kind));
}

// For use in a catch block: sends the packet that the component was given on its way as failed.
void Lane::fail_current(Packet&& packet) noexcept {
  try {
    throw;
  } catch (const Failure& failure) {
    fail_current(std::move(packet), failure.kind(), failure.what());
  } catch (const std::exception& error) {
    fail_current(std::move(packet), "exception", words_of(error));
  } catch (...) {
    fail_current(std::move(packet), "exception", "an exception of unknown type");
  }
}

void Lane::fail_current(Packet&& packet, std::string_view kind, std::string_view text) noexcept {
  try {
    if (packet) {
      emission_.fail(std::move(packet), kind, text);
    } else {
      handle_report(kind, text);
    }
  } catch (const std::exception&) {
    // For want of memory: the packet ends, and the next may fare better.
    if (packet) emission_.end(std::move(packet), Ended::error);
  }
}

bool Lane::handle(detail::PacketCell** cells, std::size_t count) {
  if (auto* transform = std::get_if<std::unique_ptr<Transform>>(&instance_)) {
    if (account_.latency == nullptr) {
      handle_each<false>(**transform, cells, count);
    } else {
      handle_each<true>(**transform, cells, count);
    }
    return guarded([&] { (*transform)->flush(emission_); });
  }
  handle_batch(*std::get<std::unique_ptr<Batch>>(instance_), cells, count);
  return true;
}

template <bool sampled>
void Lane::handle_each(Transform& transform, detail::PacketCell** cells, std::size_t count) {
  const bool forwards = !node_.model_.component->outputs.empty();
  std::size_t i = 0;
  while (i < count) {
    Packet packet;
    try {
      for (; i < count; ++i) {
        packet = Packet::adopt(cells[i]);
        if constexpr (sampled) account_.stamp = cells[i]->stamp;
        transform.process(packet, emission_);
        if (packet && forwards) emission_.emit(0, std::move(packet));
      }
    } catch (...) {
      fail_current(std::move(packet));
      ++i;
    }
  }
  if constexpr (sampled) account_.stamp = 0;
}

void Lane::handle_batch(Batch& batch, detail::PacketCell** cells, std::size_t count) {
  // A Packet is its cell's pointer, so that an array of cells is an array of packets.
  static_assert(sizeof(Packet) == sizeof(detail::PacketCell*));
  const std::span<Packet> packets(reinterpret_cast<Packet*>(cells), count);
  // Nobody knows from which packet of a batch a new one comes: it inherits from the first.
  if (account_.latency != nullptr) account_.stamp = cells[0]->stamp;
  try {
    batch.process(packets, emission_);
  } catch (...) {
    for (Packet& packet : packets) {
      if (packet) fail_current(std::move(packet));
    }
  }
  account_.stamp = 0;
  std::uintptr_t left = 0;
  for (std::size_t i = 0; i < count; ++i) left |= reinterpret_cast<std::uintptr_t>(cells[i]);
  if (left != 0) detail::release_cells(cells, count);
}

void Lane::call_finish() {
  guarded([this] {
    if (auto* transform = std::get_if<std::unique_ptr<Transform>>(&instance_)) {
      (*transform)->finish(emission_);
    } else if (auto* batch = std::get_if<std::unique_ptr<Batch>>(&instance_)) {
      (*batch)->finish(emission_);
    }
  });
}

// A step may have waited for its packet for long enough: then it gives it up before it goes on.
bool Lane::expire_if_due() noexcept {
  if (!expiry_.limited() || !expiry_.due(node_.executor_.now())) return true;
  expiry_.over();
  return guarded([this] {
    std::get<std::unique_ptr<Process>>(instance_)->expire(
        *this, fmt::format("not done within {}, the timeout of process {}",
                           format_duration(expiry_.limit()), node_.model_.name));
  });
}

void Lane::note_waiting(bool another) noexcept {
  if (!expiry_.limited()) return;
  if (holds_packets()) {
    expiry_.waiting(node_.executor_.now(), another);
  } else {
    expiry_.over();
  }
}

scheduler::Task::After Lane::run() noexcept {
  const pool::AccountScope scope(account_);
  account_.latency = node_.events_.latency().sink();
  if (node_.has_ended()) {
    stop_component();
    leave_in_flight();
    node_.in_flight_.pass();
    return After::rest;
  }
  Loop* const loop = node_.input_.loop();
  if (loop != nullptr) loop->enter();
  const After after = contained_activation();
  if (loop != nullptr) loop->leave();
  return after;
}

// What the component throws is dealt with where it is called. What comes through here has no packet
// or component at fault: there is no memory for the runtime's own work. The network stops in order.
scheduler::Task::After Lane::contained_activation() noexcept {
  try {
    return activation();
  } catch (const std::exception& error) {
    fail_process("exception", words_of(error));
  }
  try {
    node_.complete(*this, false);
    return After::again;
  } catch (const std::exception&) {
    node_.give_in();
    return After::again;
  }
}

scheduler::Task::After Lane::activation() {
  const bool shared = node_.sharing_.load(std::memory_order_acquire) != nullptr;
  if (shared && !at_work_.load(std::memory_order_relaxed)) {
    if (node_.over_.load(std::memory_order_acquire)) {
      stop_component();
      settle_accounts();
    } else {
      // News that came to this lane, say from a timer that is of no use any more, is for all.
      node_.wake(false);
    }
    return After::rest;
  }
  if (node_.in_flight_.limited() && !enter_in_flight()) return After::rest;
  const Activity before_this = activity_.exchange(Activity::running, std::memory_order_relaxed);
  const Time start = node_.executor_.recent();
  step_start_ = start;
  if (before_this != Activity::waiting) {
    gap_start_ = start;
  } else if (waited_for_ != 0) {
    waited_ += start - waiting_since_;
  }
  if (has_figures) time_.enter(UnitState::busy, start, queued_ns.load(std::memory_order_relaxed));
  // A source is measured by what it sends.
  const auto handled = [this] {
    return node_.input_.elements() == 0 ? out_.get() : node_.input_.total_packets();
  };
  const std::uint64_t before = handled();
  Progress progress;
  do {
    progress = shared ? advance_shared() : advance_alone();
  } while (progress == Progress::more && handled() - before < budget_packets &&
           step_start_ - start < budget_time && !node_.has_ended());
  take_time();
  waiting_since_ = step_start_;
  usual_time_.add(static_cast<std::uint64_t>(
      std::clamp<Duration::rep>((step_start_ - start).count(), 0, 1'000'000'000)));
  usual_ns.store(static_cast<std::uint32_t>(usual_time_.ns()), std::memory_order_relaxed);
  if (progress == Progress::rest || node_.has_ended()) {
    const UnitState rests = resting_state();
    if (has_figures) time_.enter(rests, step_start_, 0);
    if (in_flight_ && rests != UnitState::waiting) leave_in_flight();
    return After::rest;
  }
  leave_in_flight();
  activity_.store(Activity::ready, std::memory_order_relaxed);
  if (has_figures) time_.enter(UnitState::ready, step_start_, 0);
  look_at_input([this] { node_.input_.publish_taken(true); });
  return After::again;
}

// False if as many are in flight as may be: the process is woken when one has left. What waited
// outside before there was a limit goes on uncounted.
bool Lane::enter_in_flight() {
  if (in_flight_ || resting_state() == UnitState::waiting) return true;
  Progress progress;
  do {
    in_flight_ = node_.in_flight_.enter(node_);
    if (in_flight_) return true;
    // News may be that one has left just now, which nobody is told again.
    progress = node_.sharing_.load(std::memory_order_relaxed) == nullptr
                   ? rest(Activity::throttled)
                   : rest_shared(Activity::throttled);
  } while (progress == Progress::more);
  if (has_figures) {
    time_.enter(UnitState::throttled, node_.executor_.recent(),
                queued_ns.load(std::memory_order_relaxed));
  }
  return false;
}

void Lane::leave_in_flight() noexcept {
  if (std::exchange(in_flight_, false)) node_.in_flight_.leave();
}

void Lane::read(ProcessFigures& into) const noexcept {
  into.out += out_.get();
  gaps_.read(into.gaps);
}

void Lane::read(ProcessSnapshot& into) const {
  into.out += out_.get();
  into.created += created_.get();
  for (std::size_t reason = 0; reason < ended_reasons; ++reason) {
    into.ended[reason] += ended_[reason].get();
  }
  times_.read(into);
}

}  // namespace weir::runtime
