// Reports what the timed loop of a benchmark took from the heap (operator new, counted in this
// program) and from the system for the memory pool: both are zero in steady state.
#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>

namespace bench {

/// Calls of operator new by all threads so far.
std::uint64_t heap_allocations() noexcept;

/// Make it after the benchmark has warmed the pool and before its loop; it reports when it dies.
class Allocations {
 public:
  /// `packets` are those that an iteration handles.
  Allocations(benchmark::State& state, std::size_t packets);
  ~Allocations();
  Allocations(const Allocations&) = delete;
  Allocations& operator=(const Allocations&) = delete;

 private:
  benchmark::State& state_;
  std::size_t packets_;
  std::uint64_t heap_before_;
  std::size_t pool_before_;
};

}  // namespace bench
