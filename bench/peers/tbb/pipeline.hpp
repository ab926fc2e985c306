// A oneTBB pipeline: a serial filter per process; a token is a packet in flight. Packets come from
// a circle of as many as there are tokens: they end in the order in which they began, so the next
// one is always free.
#pragma once

#include <oneapi/tbb/parallel_pipeline.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "../common/meter.hpp"
#include "../common/options.hpp"
#include "../common/packet.hpp"

namespace peers {

class Pipeline {
 public:
  Pipeline(std::size_t tokens, SinkCount& count)
      : packets_(tokens),
        count_(count),
        stages_(oneapi::tbb::make_filter<void, Packet*>(
            mode::serial_in_order,
            [this](oneapi::tbb::flow_control& control) { return next(control); })) {}

  void add_pass() {
    auto reader = std::make_shared<Reader>();
    stages_ &=
        oneapi::tbb::make_filter<Packet*, Packet*>(mode::serial_in_order, [reader](Packet* packet) {
          reader->read(packet->kind, packet->number);
          return packet;
        });
  }
  void add_work(bool parallel, std::chrono::nanoseconds time) {
    stages_ &= oneapi::tbb::make_filter<Packet*, Packet*>(
        parallel ? mode::parallel : mode::serial_in_order, [time](Packet* packet) {
          spin(time);
          return packet;
        });
  }

  /// Runs until stop() and returns when everything has arrived. The thread takes part.
  void run() {
    oneapi::tbb::parallel_pipeline(
        packets_.size(), stages_ & oneapi::tbb::make_filter<Packet*, void>(mode::serial_in_order,
                                                                           [this](Packet* packet) {
                                                                             packet->kind = 0;
                                                                             count_.add(1);
                                                                           }));
  }
  void stop() { stop_.store(true, std::memory_order_relaxed); }
  std::uint64_t sent() const { return sent_; }

 private:
  using mode = oneapi::tbb::filter_mode;

  Packet* next(oneapi::tbb::flow_control& control) {
    if (stop_.load(std::memory_order_relaxed)) {
      control.stop();
      return nullptr;
    }
    Packet* packet = &packets_[sent_ % packets_.size()];
    packet->kind = number_kind;
    packet->number = sent_++;
    return packet;
  }

  std::vector<Packet> packets_;
  SinkCount& count_;
  std::atomic<bool> stop_{false};
  std::uint64_t sent_ = 0;
  oneapi::tbb::filter<void, Packet*> stages_;
};

}  // namespace peers
