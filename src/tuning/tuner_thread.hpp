// A tuner on a thread of its own.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "scheduler/executor.hpp"
#include "tuning/tuner.hpp"

namespace weir::tuning {

/// Ticks while there is something to look at, and sleeps while the workers do.
class TunerThread {
 public:
  /// Borrows the network, the executor that runs it and the log.
  TunerThread(runtime::Network& network, scheduler::Executor& executor, DecisionLog& log,
              TunerOptions options, Duration tick);
  ~TunerThread();
  TunerThread(const TunerThread&) = delete;
  TunerThread& operator=(const TunerThread&) = delete;

 private:
  void run();

  Tuner tuner_;
  scheduler::Executor& executor_;
  const Duration tick_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace weir::tuning
