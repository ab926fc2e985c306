// Two ways for the lanes of one process to take turns in short sections, without holding a worker
// for long.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

namespace weir::runtime {

/// One at a time; the others wait, which is short since nobody runs a component inside.
class Turn {
 public:
  void lock() noexcept {
    for (unsigned tries = 0; taken_.exchange(true, std::memory_order_acquire); ++tries) {
      while (taken_.load(std::memory_order_relaxed)) {
        // The owner may have lost its processor: let it have this one.
        if (++tries > 64) std::this_thread::yield();
      }
    }
  }
  void unlock() noexcept { taken_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> taken_{false};
};

/// One at a time; the others leave their work to whoever is inside, and go on. The work is found by
/// looking, not handed over: after a request somebody looks at everything that was written before
/// it. (A strand without a queue; see also "flat combining", Hendler et al., SPAA 2010.)
class SharedTurn {
 public:
  template <class Work>
  void request(const Work& work) {
    if (requests_.fetch_add(1, std::memory_order_acq_rel) != 0) return;
    for (std::uint32_t seen = 1; seen != 0;) {
      work();
      seen = requests_.fetch_sub(seen, std::memory_order_acq_rel) - seen;
    }
  }

 private:
  std::atomic<std::uint32_t> requests_{0};
};

}  // namespace weir::runtime
