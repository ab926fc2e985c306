// What every peer is asked on its command line: `PROGRAM WORKLOAD HOPS SECONDS [THREADS]`.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

namespace peers {

using Clock = std::chrono::steady_clock;

/// `hops` are connections: 3 are a source, two stages and a sink. For `fan` it is the number of
/// workers, for `skew` it is not used.
struct Options {
  std::string workload;
  unsigned hops = 0;
  double seconds = 0;
  unsigned threads = std::max(1U, std::thread::hardware_concurrency());
};

// The constants of the workloads; bench/workloads/*.yaml and peers/go/packet.go have the same.
inline constexpr std::chrono::nanoseconds fan_spin{1000};
inline constexpr std::array<std::chrono::nanoseconds, 4> skew_spins{
    std::chrono::nanoseconds(200), std::chrono::nanoseconds(200), std::chrono::nanoseconds(5000),
    std::chrono::nanoseconds(200)};
inline constexpr double latency_rate = 10'000;
inline constexpr unsigned capacity = 512;

[[noreturn]] inline void refuse(const char* text) {
  std::fprintf(stderr, "%s\n", text);
  std::exit(2);
}

inline Options parse(int argc, char** argv) {
  if (argc < 4 || argc > 5) refuse("usage: PROGRAM WORKLOAD HOPS SECONDS [THREADS]");
  Options options;
  options.workload = argv[1];
  options.hops = static_cast<unsigned>(std::atoi(argv[2]));
  options.seconds = std::atof(argv[3]);
  if (argc == 5) options.threads = static_cast<unsigned>(std::atoi(argv[4]));
  if (options.hops < 1 || options.hops > 1000) refuse("HOPS is a number from 1 to 1000");
  if (!(options.seconds > 0)) refuse("SECONDS is a number above 0");
  if (options.threads < 1 || options.threads > 1000) refuse("THREADS is a number from 1 to 1000");
  return options;
}

/// Keeps the processor busy by looking at the clock, as core/work does.
inline void spin(std::chrono::nanoseconds time) {
  const Clock::time_point end = Clock::now() + time;
  while (Clock::now() < end) {
  }
}

}  // namespace peers
