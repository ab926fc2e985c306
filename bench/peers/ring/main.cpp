// The limit: stages that one thread runs in turn, a ring between each two. Packets come from a free
// list, each stage takes a batch, reads kind and number of every packet, and puts it into the next
// ring; the sink gives the packets back. No locks, no atomics but the count that the meter reads,
// no scheduler: what any runtime adds shows against this.

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <thread>
#include <vector>

#include "../common/meter.hpp"
#include "../common/options.hpp"
#include "../common/packet.hpp"

namespace {

using peers::Packet;

// Small enough that packets and rings of ten hops stay in the first-level cache.
constexpr std::uint32_t batch = 64;

class Ring {
 public:
  std::uint32_t length() const { return tail_ - head_; }
  std::uint32_t room() const { return size - length(); }
  void put(Packet* packet) { slots_[tail_++ % size] = packet; }
  Packet* take() { return slots_[head_++ % size]; }

 private:
  static constexpr std::uint32_t size = peers::capacity;
  static_assert(std::has_single_bit(size));
  std::uint32_t head_ = 0;
  std::uint32_t tail_ = 0;
  std::array<Packet*, size> slots_;
};

class Source {
 public:
  Source(peers::FreeList& free, Ring& out) : free_(free), out_(out) {}
  void step() {
    const std::uint32_t count = std::min(batch, out_.room());
    for (std::uint32_t i = 0; i < count; ++i) {
      Packet* packet = free_.take();
      packet->kind = peers::number_kind;
      packet->number = sent_++;
      out_.put(packet);
    }
  }
  std::uint64_t sent() const { return sent_; }

 private:
  peers::FreeList& free_;
  Ring& out_;
  std::uint64_t sent_ = 0;
};

class Pass {
 public:
  Pass(Ring& in, Ring& out) : in_(in), out_(out) {}
  void step() {
    const std::uint32_t count = std::min({batch, in_.length(), out_.room()});
    for (std::uint32_t i = 0; i < count; ++i) {
      Packet* packet = in_.take();
      if (packet->kind == peers::number_kind) sum_ += packet->number;
      out_.put(packet);
    }
  }
  std::uint64_t sum() const { return sum_; }

 private:
  Ring& in_;
  Ring& out_;
  std::uint64_t sum_ = 0;
};

class Sink {
 public:
  Sink(Ring& in, peers::FreeList& free, peers::SinkCount& count)
      : in_(in), free_(free), count_(count) {}
  void step() {
    const std::uint32_t count = in_.length();
    for (std::uint32_t i = 0; i < count; ++i) {
      Packet* packet = in_.take();
      sum_ += packet->number;
      packet->kind = 0;
      free_.give(packet);
    }
    count_.add(count);
  }
  std::uint64_t sum() const { return sum_; }

 private:
  Ring& in_;
  peers::FreeList& free_;
  peers::SinkCount& count_;
  std::uint64_t sum_ = 0;
};

class Chain {
 public:
  Chain(unsigned hops, peers::SinkCount& count)
      : free_(std::size_t{hops} * peers::capacity),
        rings_(hops),
        source_(free_, rings_.front()),
        sink_(rings_.back(), free_, count) {
    for (unsigned i = 0; i + 1 < hops; ++i) passes_.emplace_back(rings_[i], rings_[i + 1]);
  }

  void run(const std::atomic<bool>& stop) {
    while (!stop.load(std::memory_order_relaxed)) {
      source_.step();
      for (Pass& pass : passes_) pass.step();
      sink_.step();
    }
  }

  std::uint64_t sent() const { return source_.sent(); }
  /// Each stage has seen each number: without this the compiler might leave the reading out.
  bool all_read() const {
    return std::ranges::all_of(passes_,
                               [&](const Pass& pass) { return pass.sum() == sink_.sum(); });
  }

 private:
  peers::FreeList free_;
  std::vector<Ring> rings_;
  Source source_;
  std::vector<Pass> passes_;
  Sink sink_;
};

}  // namespace

int main(int argc, char** argv) {
  const peers::Options options = peers::parse(argc, argv);
  if (options.workload != "chain") peers::refuse("ring does the workload chain");
  peers::SinkCount count;
  Chain chain(options.hops, count);
  std::atomic<bool> stop{false};
  std::thread worker([&] { chain.run(stop); });
  const peers::Measured measured = peers::measure(count, options.seconds);
  stop.store(true, std::memory_order_relaxed);
  worker.join();
  if (!chain.all_read()) {
    std::fprintf(stderr, "a stage has not read every packet\n");
    return 1;
  }
  return peers::report(measured, chain.sent(), count.value());
}
