// The peer of weir in CAF: one event-based actor a process, one message a packet. CAF's mailboxes
// have no bound, so the sink gives the source credit, as CAF's own streams do: a window of packets
// per connection, returned in parts.

#include <algorithm>
#include <atomic>
#include <caf/all.hpp>
#include <cstdint>
#include <thread>
#include <vector>

#include "../common/meter.hpp"
#include "../common/options.hpp"
#include "../common/packet.hpp"

namespace {

using peers::number_kind;

constexpr std::uint32_t credit_part = 128;

struct Shared {
  std::atomic<bool> stop{false};
  peers::SinkCount received;
  std::uint64_t sent = 0;
  caf::actor source;
};

// The type of the message is the packet's kind, so that a packet is its number.

caf::behavior discard(caf::event_based_actor* self, Shared* shared) {
  return {[self, shared, open = std::uint32_t{0}](std::uint64_t) mutable {
    shared->received.add(1);
    if (++open == credit_part) self->send(shared->source, std::exchange(open, 0));
  }};
}

caf::behavior pass(caf::event_based_actor* self, const caf::actor& next) {
  return {[self, next, reader = peers::Reader()](std::uint64_t number) mutable {
    reader.read(number_kind, number);
    self->send(next, number);
  }};
}

caf::behavior generate(caf::event_based_actor* self, Shared* shared, const caf::actor& next) {
  return {[self, shared, next](std::uint32_t credit) {
    if (shared->stop.load(std::memory_order_relaxed)) return;
    for (std::uint32_t i = 0; i < credit; ++i) self->send(next, shared->sent++);
  }};
}

/// Once the source has answered it sends nothing more, and what is under way arrives.
void finish(caf::actor_system& system, const Shared& shared,
            const std::vector<caf::actor>& actors) {
  caf::scoped_actor self(system);
  self->request(shared.source, caf::infinite, std::uint32_t{0})
      .receive([] {}, [](const caf::error&) {});
  while (shared.received.value() != shared.sent) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  for (const caf::actor& actor : actors) self->send_exit(actor, caf::exit_reason::user_shutdown);
  self->await_all_other_actors_done();
}

}  // namespace

int main(int argc, char** argv) {
  const peers::Options options = peers::parse(argc, argv);
  if (options.workload != "chain") peers::refuse("caf does the workload chain");
  caf::actor_system_config config;
  config.set("scheduler.max-threads", std::size_t{options.threads});
  caf::actor_system system(config);
  Shared shared;
  std::vector<caf::actor> actors{system.spawn(discard, &shared)};
  for (unsigned i = 1; i < options.hops; ++i) {
    actors.push_back(system.spawn(pass, actors.back()));
  }
  shared.source = system.spawn(generate, &shared, actors.back());
  actors.push_back(shared.source);
  caf::anon_send(shared.source, std::uint32_t{peers::capacity});
  const peers::Measured measured = peers::measure(shared.received, options.seconds);
  shared.stop.store(true, std::memory_order_relaxed);
  finish(system, shared, actors);
  return peers::report(measured, shared.sent, shared.received.value());
}
