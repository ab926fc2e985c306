#include "runtime/process_node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "weir/config.hpp"

namespace weir::runtime {
namespace {

constexpr std::size_t batch_most = 256;
// An activation yields after so many packets or so long, whichever is first.
constexpr std::uint64_t budget_packets = 1024;
constexpr Duration budget_time = std::chrono::microseconds(200);

Instance make_instance(const graph::ProcessModel& model) {
  return model.component->make(Config(*model.component, model.config));
}

}  // namespace

ProcessNode::ProcessNode(const graph::ProcessModel& model,
                         const std::vector<unsigned>& input_widths,
                         const std::vector<unsigned>& output_widths, std::uint32_t origin,
                         scheduler::Executor& executor, NetworkEvents& events)
    : model_(model),
      executor_(executor),
      events_(events),
      input_(input_widths),
      output_(output_widths, origin, *this),
      waits_(*this, executor, output_),
      instance_(make_instance(model)) {}

ProcessNode::~ProcessNode() {
  stop_component();
}

bool ProcessNode::is_source() const noexcept {
  for (unsigned i = 0; i < input_.elements(); ++i) {
    if (input_.is_connected(i)) return false;
  }
  return true;
}

void ProcessNode::start_component() {
  pool::AccountScope scope(account_);
  started_ = true;
  std::visit([this](auto& component) { component->start(*this); }, instance_);
  settle_accounts();
}

void ProcessNode::stop_component() noexcept {
  waits_.end();
  if (!std::exchange(started_, false)) return;
  // What a process that is given up still holds was not handled: it stays counted as held.
  detail::PacketAccount not_counted;
  pool::AccountScope scope(not_counted);
  if (auto* process = std::get_if<std::unique_ptr<Process>>(&instance_)) (*process)->stop();
}

void ProcessNode::publish() {
  out_.add(output_.publish(executor_));
  settle_accounts();
}

Packet ProcessNode::receive(unsigned port, unsigned element) {
  detail::PacketCell* cell = nullptr;
  if (input_.take(input_.index_of(port, element), &cell, 1) == 0) return {};
  return Packet::adopt(cell);
}

std::size_t ProcessNode::available(unsigned port) const {
  std::size_t total = 0;
  for (unsigned i = 0; i < input_.width(port); ++i) {
    total += available_at(port, i);
  }
  return total;
}

bool ProcessNode::ended(unsigned port) const {
  for (unsigned i = 0; i < input_.width(port); ++i) {
    if (!ended_at(port, i)) return false;
  }
  return true;
}

bool ProcessNode::handle_failed(Packet& packet, std::string_view kind, std::string_view text) {
  errors_.count(kind);
  const unsigned error_port =
      output_.index_of(static_cast<unsigned>(model_.component->outputs.size()), 0);
  if (model_.on_error == graph::OnError::route && output_.is_connected(error_port)) {
    make_error_document(packet, kind, text, model_.name);
    return true;
  }
  if (const std::int64_t held = log_limit_.admit(executor_.now()); held >= 0) {
    const char* fate = model_.on_error == graph::OnError::stop
                           ? "the network stops (on_error: stop)"
                           : "the packet was dropped";
    log_process(LogLevel::error, model_.name,
                held == 0 ? fmt::format("{} ({}); {}", text, kind, fate)
                          : fmt::format("{} ({}); {}; {} more errors since the last message", text,
                                        kind, fate, held));
  }
  if (model_.on_error == graph::OnError::stop) {
    events_.process_failed(fmt::format("process {}: {} ({})", model_.name, text, kind));
  }
  output_.end(std::move(packet), Ended::error);
  return false;
}

void ProcessNode::handle_report(std::string_view kind, std::string_view text) {
  errors_.count(kind);
  if (const std::int64_t held = log_limit_.admit(executor_.now()); held >= 0) {
    log_process(LogLevel::error, model_.name,
                held == 0 ? fmt::format("{} ({})", text, kind)
                          : fmt::format("{} ({}); {} more errors since the last message", text,
                                        kind, held));
  }
}

void ProcessNode::settle_accounts() noexcept {
  if (account_.created != 0) created_.add(std::exchange(account_.created, 0));
  for (std::size_t reason = 0; reason < ended_reasons; ++reason) {
    if (account_.ended[reason] != 0) {
      ended_[reason].add(std::exchange(account_.ended[reason], 0));
    }
  }
}

void ProcessNode::note_time(std::uint64_t packets) noexcept {
  const Time now = executor_.now();
  times_.observe(packets, now - step_start_);
  step_start_ = now;
}

// Runs a call into the component; false, and the process has failed, if it threw.
template <class Call>
bool ProcessNode::guarded(const Call& call) noexcept {
  try {
    call();
    return true;
  } catch (const Failure& failure) {
    fail_process(failure.kind(), failure.what());
  } catch (const std::exception& error) {
    fail_process("exception", error.what());
  } catch (...) {
    fail_process("exception", "an exception of unknown type");
  }
  return false;
}

void ProcessNode::fail_process(std::string_view kind, const std::string& what) {
  errors_.count(kind);
  const std::string reason = fmt::format("process {}: {} ({})", model_.name, what, kind);
  log_process(LogLevel::error, model_.name, fmt::format("failed: {} ({})", what, kind));
  events_.process_failed(reason);
  activity_.store(Activity::failed, std::memory_order_relaxed);
}

// For use in a catch block: sends the packet that the component was given on its way as failed.
void ProcessNode::fail_current(Packet&& packet) noexcept {
  std::string kind = "exception";
  std::string text = "an exception of unknown type";
  try {
    throw;
  } catch (const Failure& failure) {
    kind = failure.kind();
    text = failure.what();
  } catch (const std::exception& error) {
    text = error.what();
  } catch (...) {
  }
  if (packet) {
    output_.fail(std::move(packet), kind, text);
  } else {
    handle_report(kind, text);
  }
}

template <class Component>
void ProcessNode::handle_each(Component& component, detail::PacketCell** cells, std::size_t count) {
  const bool forwards = !model_.component->outputs.empty();
  std::size_t i = 0;
  while (i < count) {
    Packet packet;
    try {
      for (; i < count; ++i) {
        packet = Packet::adopt(cells[i]);
        component.process(packet, output_);
        if (packet && forwards) output_.emit(0, std::move(packet));
      }
    } catch (...) {
      fail_current(std::move(packet));
      ++i;
    }
  }
  if (!guarded([&] { component.flush(output_); })) complete(false);
}

void ProcessNode::handle_batch(Batch& batch, detail::PacketCell** cells, std::size_t count) {
  // A Packet is its cell's pointer, so that an array of cells is an array of packets.
  static_assert(sizeof(Packet) == sizeof(detail::PacketCell*));
  Packet packets[batch_most];
  for (std::size_t i = 0; i < count; ++i) packets[i] = Packet::adopt(cells[i]);
  try {
    batch.process({packets, count}, output_);
  } catch (...) {
    for (std::size_t i = 0; i < count; ++i) {
      if (packets[i]) fail_current(std::move(packets[i]));
    }
  }
}

ProcessNode::Progress ProcessNode::rest(Activity activity) {
  activity_.store(activity, std::memory_order_relaxed);
  input_.publish_taken(executor_, true);
  return Progress::rest;
}

// The component's own work is over: finish, close, and if its inputs still bring something, end
// that.
void ProcessNode::complete(bool call_finish) {
  if (over_) return;
  over_ = true;
  if (call_finish) {
    guarded([this] {
      if (auto* transform = std::get_if<std::unique_ptr<Transform>>(&instance_)) {
        (*transform)->finish(output_);
      } else if (auto* batch = std::get_if<std::unique_ptr<Batch>>(&instance_)) {
        (*batch)->finish(output_);
      }
    });
  }
  waits_.end();
  if (std::exchange(started_, false)) {
    if (auto* process = std::get_if<std::unique_ptr<Process>>(&instance_)) {
      // What a process still holds when it fails was not handled.
      if (activity() == Activity::failed) account_.reason = Ended::error;
      (*process)->stop();
      account_.reason = Ended::consumed;
    }
  }
  publish();
  output_.close(executor_);
}

ProcessNode::Progress ProcessNode::discard_input() {
  detail::PacketCell* cells[batch_most];
  while (const std::size_t count = input_.take_any(cells, batch_most)) {
    for (std::size_t i = 0; i < count; ++i) output_.end(Packet::adopt(cells[i]), Ended::drained);
    settle_accounts();
    input_.publish_taken(executor_, true);
  }
  if (!input_.all_ended()) return Progress::rest;
  if (activity_.load(std::memory_order_relaxed) != Activity::failed) {
    activity_.store(Activity::ended, std::memory_order_relaxed);
  }
  if (!std::exchange(reported_end_, true)) events_.process_ended();
  return Progress::rest;
}

ProcessNode::Progress ProcessNode::advance_packets() {
  const std::uint64_t room = output_.room();
  if (room == 0 && output_.held_back()) return rest(Activity::blocked);
  detail::PacketCell* cells[batch_most];
  const std::size_t most = std::clamp<std::uint64_t>(room, 1, batch_most);
  const std::size_t count = input_.take_any(cells, most);
  if (count == 0) {
    if (!input_.all_ended()) return rest(Activity::idle);
    complete(true);
    return Progress::more;
  }
  input_.publish_taken(executor_, false);
  if (auto* transform = std::get_if<std::unique_ptr<Transform>>(&instance_)) {
    handle_each(**transform, cells, count);
  } else {
    handle_batch(*std::get<std::unique_ptr<Batch>>(instance_), cells, count);
  }
  publish();
  note_time(count);
  return Progress::more;
}

ProcessNode::Progress ProcessNode::advance_process() {
  if (output_.held_back()) return rest(Activity::blocked);
  const bool inputs_ended = input_.all_ended();
  const std::uint64_t in_before = input_.total_packets();
  const std::uint64_t out_before = out_.get();
  Step step = Step::done;
  const bool ok =
      guarded([&] { step = std::get<std::unique_ptr<Process>>(instance_)->step(*this); });
  publish();
  const std::uint64_t received = input_.total_packets() - in_before;
  note_time(input_.elements() == 0 ? out_.get() - out_before : received);
  if (!ok) {
    complete(false);
    return Progress::more;
  }
  input_.publish_taken(executor_, false);
  switch (step) {
    case Step::done: complete(false); return Progress::more;
    case Step::yield: return Progress::yield;
    case Step::output_full: return output_.held_back() ? rest(Activity::blocked) : Progress::yield;
    case Step::waiting: return rest(Activity::waiting);
    case Step::need_input: break;
  }
  // A component that still wants input after it was told that there is none has come to its end.
  if (inputs_ended && inputs_end_was_told_ && received == 0) {
    complete(false);
    return Progress::more;
  }
  inputs_end_was_told_ = inputs_ended;
  if (input_.all_ended()) return Progress::more;
  return rest(Activity::idle);
}

ProcessNode::Progress ProcessNode::advance() {
  if (over_) return discard_input();
  if (std::holds_alternative<std::unique_ptr<Process>>(instance_)) return advance_process();
  return advance_packets();
}

scheduler::Task::After ProcessNode::run() noexcept {
  if (reported_end_) return After::rest;
  pool::AccountScope scope(account_);
  if (!over_) activity_.store(Activity::running, std::memory_order_relaxed);
  const Time start = executor_.now();
  step_start_ = start;
  const std::uint64_t in_before = input_.total_packets();
  Progress progress;
  do {
    progress = advance();
  } while (progress == Progress::more && input_.total_packets() - in_before < budget_packets &&
           step_start_ - start < budget_time && !reported_end_);
  if (reported_end_) return After::rest;
  const auto took = std::clamp<Duration::rep>((step_start_ - start).count(), 0, 1'000'000'000);
  usual_ns.store(
      static_cast<std::uint32_t>((std::uint64_t{usual_ns.load(std::memory_order_relaxed)} * 7 +
                                  static_cast<std::uint64_t>(took)) /
                                 8),
      std::memory_order_relaxed);
  if (progress == Progress::rest) return After::rest;
  activity_.store(Activity::ready, std::memory_order_relaxed);
  input_.publish_taken(executor_, true);
  return After::again;
}

Activity ProcessNode::activity() const noexcept {
  return activity_.load(std::memory_order_relaxed);
}

void ProcessNode::read(ProcessSnapshot& into) const {
  into.in = input_.total_packets();
  into.out = out_.get();
  into.created = created_.get();
  std::uint64_t left = into.in + into.created;
  std::uint64_t gone = into.out;
  for (std::size_t reason = 0; reason < ended_reasons; ++reason) {
    into.ended[reason] = ended_[reason].get();
    gone += into.ended[reason];
  }
  into.held = left > gone ? left - gone : 0;
  into.errors = errors_.read();
  times_.read(into);
  into.activity = activity();
}

}  // namespace weir::runtime
