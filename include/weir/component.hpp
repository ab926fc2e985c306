// What a component is written against.
//
// Catalogue of shapes:
//   source     Process without inputs: step() emits while there is room, returns `waiting` when it
//   has
//              nothing to send yet, `done` at its end            (core/generate, file/read)
//   transform  Transform: changes the packet in place; what it leaves in place goes on to `out`
//              (core/filter, core/set, regex/parse)
//   fan        Transform or Batch that emits to ports of its choice (core/split, core/clone)
//   join       Process that reads several inputs in an order of its own
//   sink       Transform or Batch without outputs: what it leaves in place ends as consumed
//              (core/discard, file/write)
//
// An instance belongs to one process of one network. The runtime calls it from one thread at a time
// (the thread changes between calls, with a happens-before edge), so it needs no locks of its own.
// Exceptions: what process() throws sends that one packet to `error`; what start() throws stops the
// start of the network; what step() throws fails the process. Throw weir::Failure to choose the
// kind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "weir/packet.hpp"
#include "weir/units.hpp"

namespace boost::asio {
class io_context;
}

namespace weir {

/// An error with a kind, which becomes the label of weir_errors_total and the `kind` of the packet
/// on the error port. Kinds are a closed list: docs/errors.md.
class Failure : public std::runtime_error {
 public:
  Failure(std::string_view kind, const std::string& text) : std::runtime_error(text), kind_(kind) {}
  const std::string& kind() const noexcept { return kind_; }

 private:
  std::string kind_;
};

enum class LogLevel { debug, info, warning, error };

namespace detail {
/// Packets emitted to one connected out port and not yet published.
struct PortBatch {
  PacketCell** items = nullptr;
  std::uint32_t size = 0;
  std::uint32_t capacity = 0;
  bool connected = false;
};
}  // namespace detail

/// Where a step's packets go. Ports are numbered in the order of the spec, `out` usually 0. What is
/// emitted to a port that is not connected ends there, counted as filtered.
class Out {
 public:
  void emit(Packet&& packet) { emit(0, std::move(packet)); }
  void emit(unsigned port, Packet&& packet) { push(first_[port], std::move(packet)); }
  /// For array ports: to element `element` of `width(port)`.
  void emit(unsigned port, unsigned element, Packet&& packet) {
    push(first_[port] + element, std::move(packet));
  }
  /// Many at once; leaves empty handles behind. There must be no empty one among them.
  void emit(unsigned port, std::span<Packet> packets) { push(first_[port], packets); }
  /// Emits `count` new packets without a payload, for the caller to fill in before it does anything
  /// else with this Out.
  std::span<Packet> make(unsigned port, std::size_t count);
  /// Elements of an array port that are connected; 1 for a plain port.
  unsigned width(unsigned port) const noexcept { return first_[port + 1] - first_[port]; }
  bool connected(unsigned port) const noexcept {
    return width(port) != 0 && batches_[first_[port]].connected;
  }

  /// The packet came to its end here for this reason.
  void end(Packet&& packet, Ended why) noexcept;
  /// The packet could not be handled: it goes to `error` with kind and text, or as `on_error` says.
  void fail(Packet&& packet, std::string_view kind, std::string_view text);
  /// Counts an error that no packet stands for, and logs it at a limited rate.
  void report(std::string_view kind, std::string_view text);

 protected:
  Out() = default;
  ~Out() = default;
  Out(const Out&) = delete;
  Out& operator=(const Out&) = delete;

  virtual void grow(detail::PortBatch& batch) = 0;
  virtual void fail_packet(Packet&& packet, std::string_view kind, std::string_view text) = 0;
  virtual void report_error(std::string_view kind, std::string_view text) = 0;

  void push(unsigned index, Packet&& packet) {
    detail::PortBatch& batch = batches_[index];
    if (batch.size == batch.capacity) grow(batch);
    batch.items[batch.size++] = packet.release_to_runtime();
  }

  void push(unsigned index, std::span<Packet> packets);

  /// first_[p] is the index in batches_ of port p's first element. A plain port always has one
  /// batch; what lands in that of a port without connections is ended by the runtime.
  const unsigned* first_ = nullptr;
  detail::PortBatch* batches_ = nullptr;
};

class Pool;

/// A process as seen from other threads. May outlive it; then it does nothing.
class Waker {
 public:
  virtual ~Waker() = default;
  /// step() will be called again.
  virtual void wake() noexcept = 0;
  /// True while a connection of an out port is at capacity.
  virtual bool output_full() const noexcept = 0;
};

/// What a step sees of its process.
class Context {
 public:
  /// Takes the next packet of an in port (element for array ports); an empty handle if none waits.
  virtual Packet receive(unsigned port = 0, unsigned element = 0) = 0;
  /// Takes up to as many packets as `into` has handles, which are empty; returns how many. For a
  /// parallel Process these are handled together, as one packet else is: see ComponentSpec.
  virtual std::size_t receive_batch(std::span<Packet> into, unsigned port = 0,
                                    unsigned element = 0) {
    std::size_t count = 0;
    while (count < into.size() && (into[count] = receive(port, element))) ++count;
    return count;
  }
  /// Packets waiting at an in port, all elements together.
  virtual std::size_t available(unsigned port = 0) const = 0;
  /// True if an in port will never have another packet.
  virtual bool ended(unsigned port = 0) const = 0;
  /// The same of one element of an array port.
  virtual std::size_t available_at(unsigned port, unsigned) const { return available(port); }
  virtual bool ended_at(unsigned port, unsigned) const { return ended(port); }
  /// Elements of an in port.
  virtual unsigned width(unsigned port = 0) const = 0;
  virtual Out& out() = 0;
  /// Puts what was emitted so far into the connections now; the end of a step does so anyway.
  virtual void publish() {}
  /// Packets that may be emitted now before a blocking output is at capacity. A step that emits
  /// more than it takes in stops at 0 and returns output_full.
  virtual std::size_t room() const = 0;
  /// True once the network drains: a source emits what it has already read and returns done.
  virtual bool stopping() const = 0;

  /// The executor's clock: the only clock that a component may read.
  virtual Time now() const = 0;
  /// Keeps the processor busy for so long, for load tests. In a simulation, where the clock stands
  /// still while a step runs, it moves on by as much.
  virtual void spin(Duration time) = 0;
  /// True while the latency of packets is measured: a source that sends at a rate then calls
  /// Packet::set_due(), so that falling behind counts.
  virtual bool samples_latency() const { return false; }
  /// Calls step() again after `delay` at the latest. A later call replaces an earlier one.
  virtual void wake_after(Duration delay) = 0;
  /// Calls step() again, once, when the descriptor can be read (or written). It must be one that
  /// poll() can wait for; the runtime does not own it. At most one wait per descriptor and
  /// direction.
  virtual void wake_when_readable(int descriptor) = 0;
  virtual void wake_when_writable(int descriptor) = 0;
  /// Ends the waits for a descriptor; call it before closing one.
  virtual void forget(int descriptor) = 0;
  virtual std::shared_ptr<Waker> waker() = 0;
  /// The pool that the graph's `resources` call so: weir/resource_pool.hpp. Null if there is none,
  /// which cannot be for an option of type `resource`.
  virtual std::shared_ptr<Pool> resource(std::string_view) { return nullptr; }
  /// The Asio context of the worker pool, for components that talk to the network; it outlives the
  /// process. Its handlers run on worker threads, at the same time as step(): guard what they share
  /// and use waker(). Null in simulations, which have no network.
  virtual boost::asio::io_context* asio() noexcept { return nullptr; }

  /// Says what keeps the process from doing its work ("cannot read a.log: Permission denied"), for
  /// people who look at the program: /readyz and the API show it, and since when it is so. An empty
  /// text says that all is well again. Cheap if the text is the same as before.
  virtual void report_state(std::string_view) {}

  virtual std::string_view process_name() const = 0;
  /// Logs a message with the process's name.
  virtual void log(LogLevel level, std::string_view text) = 0;

 protected:
  ~Context() = default;
};

/// Handles one packet at a time, in place.
class Transform {
 public:
  virtual ~Transform() = default;
  /// Called once before the first packet; opens what is needed. May throw.
  virtual void start(Context&) {}
  /// What is left in `packet` goes on to port 0, or ends as consumed where there is no port 0.
  virtual void process(Packet& packet, Out& out) = 0;
  /// Called after each batch of packets: write out what was gathered.
  virtual void flush(Out&) {}
  /// Called once after the last packet; may emit.
  virtual void finish(Out&) {}
};

/// Handles a run of packets at once.
class Batch {
 public:
  virtual ~Batch() = default;
  virtual void start(Context&) {}
  /// Packets left in the span end as consumed.
  virtual void process(std::span<Packet> packets, Out& out) = 0;
  virtual void finish(Out&) {}
};

enum class Step {
  need_input,   // call again when an input has packets or has ended
  output_full,  // call again when all blocking outputs have room
  waiting,  // call again when something that was waited for has happened, or an input has packets
  yield,    // call again soon
  done      // this process has come to its end: its out ports are closed
};

/// Full control over the ports.
class Process {
 public:
  virtual ~Process() = default;
  virtual void start(Context&) {}
  /// Does some work and says why it stops. Must not block. Called again at once when its inputs
  /// end.
  virtual Step step(Context& context) = 0;
  /// What it waits for outside has taken longer than the `timeout` of its process allows: gives up
  /// the wait and fails the packets concerned with kind `timeout` and this text. step() follows.
  /// For components whose spec says `expires`.
  virtual void expire(Context&, std::string_view) {}
  /// Called once when the process has ended or is given up, in whatever state it is; releases what
  /// start() acquired. Must not throw.
  virtual void stop() noexcept {}
};

}  // namespace weir
