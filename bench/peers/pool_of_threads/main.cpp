// The limit of the fan: a pool as one would write it by hand for this work alone. A producer, a
// thread a core that works, and a consumer, with two bounded queues under a mutex between them.
// Packets travel in batches, so that locking costs little per packet; batches are used again.

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "../common/meter.hpp"
#include "../common/options.hpp"
#include "../common/packet.hpp"

namespace {

constexpr std::size_t batch_size = 32;
constexpr std::size_t batches_in_flight = peers::capacity / batch_size;

using Batch = std::array<peers::Message, batch_size>;

class Queue {
 public:
  void put(Batch* batch) {
    {
      const std::lock_guard lock(mutex_);
      batches_.push_back(batch);
    }
    changed_.notify_one();
  }
  /// Waits for a batch; null when the queue is closed and empty.
  Batch* take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !batches_.empty() || closed_; });
    if (batches_.empty()) return nullptr;
    Batch* batch = batches_.back();
    batches_.pop_back();
    return batch;
  }
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Batch*> batches_;
  bool closed_ = false;
};

class Pool {
 public:
  explicit Pool(peers::SinkCount& count) : count_(count), storage_(batches_in_flight) {
    for (Batch& batch : storage_) free_.put(&batch);
  }

  /// Returns when stop() was called and all has been done.
  void run(unsigned workers) {
    std::thread producer([this] { produce(); });
    std::thread consumer([this] { consume(); });
    std::vector<std::thread> working;
    for (unsigned i = 0; i < workers; ++i) working.emplace_back([this] { work(); });
    producer.join();
    for (std::thread& worker : working) worker.join();
    done_.close();
    consumer.join();
  }
  void stop() { stop_.store(true, std::memory_order_relaxed); }
  std::uint64_t sent() const { return sent_; }

 private:
  void produce() {
    while (!stop_.load(std::memory_order_relaxed)) {
      // The batches in flight are all there are: this is what bounds the queues.
      Batch* batch = free_.take();
      for (peers::Message& message : *batch) message = {peers::number_kind, sent_++, {}};
      to_do_.put(batch);
    }
    to_do_.close();
  }
  void work() {
    while (Batch* batch = to_do_.take()) {
      for (std::size_t i = 0; i < batch_size; ++i) peers::spin(peers::fan_spin);
      done_.put(batch);
    }
  }
  void consume() {
    peers::Reader reader;
    while (Batch* batch = done_.take()) {
      for (const peers::Message& message : *batch) reader.read(message.kind, message.number);
      count_.add(batch_size);
      free_.put(batch);
    }
  }

  peers::SinkCount& count_;
  std::vector<Batch> storage_;
  Queue free_;
  Queue to_do_;
  Queue done_;
  std::atomic<bool> stop_{false};
  std::uint64_t sent_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const peers::Options options = peers::parse(argc, argv);
  if (options.workload != "fan") peers::refuse("pool_of_threads does the workload fan");
  peers::SinkCount count;
  Pool pool(count);
  std::thread runner([&] { pool.run(options.threads); });
  const peers::Measured measured = peers::measure(count, options.seconds);
  pool.stop();
  runner.join();
  return peers::report(measured, pool.sent(), count.value());
}
