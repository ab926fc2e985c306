// A oneTBB flow graph: a function node per process, and a limiter that the sink opens again, so
// that the queues of the nodes are bounded. Messages travel by value.
#pragma once

#include <oneapi/tbb/flow_graph.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "../common/meter.hpp"
#include "../common/options.hpp"
#include "../common/packet.hpp"

namespace peers {

namespace flow = oneapi::tbb::flow;

class FlowGraph {
 public:
  FlowGraph(std::size_t in_flight, SinkCount& count, Latencies* latencies)
      : source_(graph_, [this](oneapi::tbb::flow_control& control) { return next(control); }),
        limiter_(graph_, in_flight),
        sink_(graph_, flow::serial, [&count, latencies](const Message& message) {
          if (latencies != nullptr) latencies->add(Clock::now().time_since_epoch() - message.due);
          count.add(1);
          return flow::continue_msg();
        }) {
    flow::make_edge(source_, limiter_);
    flow::make_edge(sink_, limiter_.decrementer());
  }

  /// Light nodes run in the task of the one before them as long as they are idle: TBB's best for
  /// little work. They must not throw.
  void add_pass() {
    add<flow::queueing_lightweight>(flow::serial,
                                    [reader = Reader()](const Message& message) mutable noexcept {
                                      reader.read(message.kind, message.number);
                                      return message;
                                    });
  }
  void add_work(std::size_t concurrency, std::chrono::nanoseconds time) {
    add<flow::queueing>(concurrency, [time](const Message& message) {
      spin(time);
      return message;
    });
  }
  void add_sink() { flow::make_edge(*last_, sink_); }

  /// Runs the source until stop() and returns when everything has arrived. The thread takes part.
  void run() {
    source_.activate();
    graph_.wait_for_all();
  }
  void stop() { stop_.store(true, std::memory_order_relaxed); }

  /// Instead of run(): messages from outside. Waits while the limiter is closed.
  void send(const Message& message) {
    while (!limiter_.try_put(message)) std::this_thread::yield();
    ++sent_;
  }
  void wait() { graph_.wait_for_all(); }

  std::uint64_t sent() const { return sent_; }

 private:
  template <typename Policy, typename Body>
  void add(std::size_t concurrency, Body body) {
    auto node = std::make_unique<flow::function_node<Message, Message, Policy>>(graph_, concurrency,
                                                                                std::move(body));
    flow::make_edge(*last_, *node);
    last_ = node.get();
    stages_.push_back(std::move(node));
  }

  Message next(oneapi::tbb::flow_control& control) {
    if (stop_.load(std::memory_order_relaxed)) {
      control.stop();
      return {};
    }
    return {number_kind, sent_++, {}};
  }

  flow::graph graph_;
  std::atomic<bool> stop_{false};
  std::uint64_t sent_ = 0;
  flow::input_node<Message> source_;
  flow::limiter_node<Message> limiter_;
  std::vector<std::unique_ptr<flow::graph_node>> stages_;
  flow::function_node<Message, flow::continue_msg> sink_;
  flow::sender<Message>* last_ = &limiter_;
};

}  // namespace peers
