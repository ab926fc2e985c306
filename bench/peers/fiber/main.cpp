// The peer of weir in Boost.Fiber: one fiber a process, one buffered channel a connection. On one
// thread the default scheduler runs the fibers in turn; on more, Boost's work sharing spreads them.

#include <atomic>
#include <boost/fiber/algo/shared_work.hpp>
#include <boost/fiber/buffered_channel.hpp>
#include <boost/fiber/condition_variable.hpp>
#include <boost/fiber/fiber.hpp>
#include <boost/fiber/mutex.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "../common/meter.hpp"
#include "../common/options.hpp"
#include "../common/packet.hpp"

namespace {

using peers::Message;
namespace fibers = boost::fibers;
using Channel = fibers::buffered_channel<Message>;

class Network {
 public:
  Network(const peers::Options& options, peers::SinkCount& count)
      : options_(options), count_(count) {}

  /// Returns when stop() was called and everything has arrived. Its fibers run on this thread and
  /// on those that take part in the same work sharing.
  void run() {
    const bool skew = options_.workload == "skew";
    const std::size_t stages = skew ? peers::skew_spins.size() : options_.hops - 1;
    for (std::size_t i = 0; i <= stages; ++i) {
      channels_.push_back(std::make_unique<Channel>(peers::capacity));
    }
    std::vector<fibers::fiber> running;
    running.emplace_back([this] { generate(); });
    for (std::size_t i = 0; i < stages; ++i) {
      running.emplace_back([this, skew, i] { skew ? work(i, peers::skew_spins[i]) : pass(i); });
    }
    running.emplace_back([this] { discard(); });
    for (fibers::fiber& fiber : running) fiber.join();
  }
  void stop() { stop_.store(true, std::memory_order_relaxed); }
  std::uint64_t sent() const { return sent_; }

 private:
  void generate() {
    Channel& out = *channels_.front();
    for (; !stop_.load(std::memory_order_relaxed); ++sent_) {
      out.push({peers::number_kind, sent_, {}});
    }
    out.close();
  }
  void pass(std::size_t stage) {
    peers::Reader reader;
    forward(stage, [&](const Message& message) { reader.read(message.kind, message.number); });
  }
  void work(std::size_t stage, std::chrono::nanoseconds time) {
    forward(stage, [time](const Message&) { peers::spin(time); });
  }
  template <typename Body>
  void forward(std::size_t stage, Body body) {
    Channel& in = *channels_[stage];
    Channel& out = *channels_[stage + 1];
    for (Message message; in.pop(message) == fibers::channel_op_status::success;) {
      body(message);
      out.push(message);
    }
    out.close();
  }
  void discard() {
    for (Message message; channels_.back()->pop(message) == fibers::channel_op_status::success;) {
      count_.add(1);
    }
  }

  peers::Options options_;
  peers::SinkCount& count_;
  std::atomic<bool> stop_{false};
  std::uint64_t sent_ = 0;
  std::vector<std::unique_ptr<Channel>> channels_;
};

/// Keeps the other threads in the work sharing until the network has ended.
class Helpers {
 public:
  explicit Helpers(unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      threads_.emplace_back([this] {
        fibers::use_scheduling_algorithm<fibers::algo::shared_work>(true);
        std::unique_lock lock(mutex_);
        ended_.wait(lock, [this] { return over_; });
      });
    }
  }
  void release() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    ended_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  fibers::mutex mutex_;
  fibers::condition_variable_any ended_;
  bool over_ = false;
  std::vector<std::thread> threads_;
};

void run(Network& network, unsigned threads) {
  if (threads == 1) {
    network.run();
    return;
  }
  fibers::use_scheduling_algorithm<fibers::algo::shared_work>(true);
  Helpers helpers(threads - 1);
  network.run();
  helpers.release();
}

}  // namespace

int main(int argc, char** argv) {
  const peers::Options options = peers::parse(argc, argv);
  if (options.workload != "chain" && options.workload != "skew") {
    peers::refuse("fiber does the workloads chain and skew");
  }
  peers::SinkCount count;
  Network network(options, count);
  std::thread runner([&] { run(network, options.threads); });
  const peers::Measured measured = peers::measure(count, options.seconds);
  network.stop();
  runner.join();
  return peers::report(measured, network.sent(), count.value());
}
