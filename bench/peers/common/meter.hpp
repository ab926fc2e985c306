// Measures a running peer from outside: after a warm-up it reads the sink's count and the
// processor time of the whole program, sleeps, reads them again, and prints one line of JSON.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <thread>
#include <vector>

#include "options.hpp"

namespace peers {

/// Counted by the sink, which is one thread at a time; read by the meter. On a line of its own,
/// so that the sink does not pay for it.
class alignas(64) SinkCount {
 public:
  void add(std::uint64_t packets) {
    count_.store(count_.load(std::memory_order_relaxed) + packets, std::memory_order_relaxed);
  }
  std::uint64_t value() const { return count_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> count_{0};
};

/// Latencies in nanoseconds, written by the sink, read after it has stopped. Room is taken before,
/// so that the sink does not allocate.
class Latencies {
 public:
  explicit Latencies(std::size_t most) { samples_.reserve(most); }
  void start() { recording_.store(true, std::memory_order_relaxed); }
  void add(std::chrono::nanoseconds latency) {
    if (recording_.load(std::memory_order_relaxed) && samples_.size() < samples_.capacity()) {
      samples_.push_back(
          static_cast<std::uint32_t>(std::min<std::int64_t>(latency.count(), UINT32_MAX)));
    }
  }
  /// In microseconds.
  double percentile(double share) {
    if (samples_.empty()) return 0;
    const auto at = static_cast<std::size_t>(share * static_cast<double>(samples_.size() - 1));
    std::nth_element(samples_.begin(), samples_.begin() + static_cast<std::ptrdiff_t>(at),
                     samples_.end());
    return samples_[at] / 1e3;
  }

 private:
  std::atomic<bool> recording_{false};
  std::vector<std::uint32_t> samples_;
};

struct Measured {
  double throughput_pps = 0;
  double cpu_s = 0;
  double packets = 0;
};

inline double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// Call it on a thread that does none of the work. Returns when the time is over.
inline Measured measure(const SinkCount& sink, double seconds, Latencies* latencies = nullptr) {
  std::this_thread::sleep_for(std::chrono::duration<double>(std::min(0.3, seconds / 2)));
  if (latencies != nullptr) latencies->start();
  const Clock::time_point begin = Clock::now();
  const double cpu = processor_seconds();
  const std::uint64_t count = sink.value();
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  const auto packets = static_cast<double>(sink.value() - count);
  const double used = processor_seconds() - cpu;
  const double took = std::chrono::duration<double>(Clock::now() - begin).count();
  return {packets / took, used, packets};
}

/// A peer that lost a packet did not do the work: that is an error, not a measurement.
inline int report(const Measured& measured, std::uint64_t sent, std::uint64_t received,
                  Latencies* latencies = nullptr) {
  if (sent != received) {
    std::fprintf(stderr, "lost packets: %llu sent, %llu received\n",
                 static_cast<unsigned long long>(sent), static_cast<unsigned long long>(received));
    return 1;
  }
  std::printf(R"({"throughput_pps": %.1f, "cpu_s": %.6f, "packets": %.0f)", measured.throughput_pps,
              measured.cpu_s, measured.packets);
  if (latencies != nullptr) {
    std::printf(R"(, "latency_us": {"p50": %.2f, "p99": %.2f})", latencies->percentile(0.5),
                latencies->percentile(0.99));
  }
  std::printf("}\n");
  return 0;
}

}  // namespace peers
