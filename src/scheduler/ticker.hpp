// A thread that looks after the tasks of an executor: runs jobs at regular times while there is
// something to look at, and sleeps while the workers do.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "scheduler/executor.hpp"

namespace weir::scheduler {

class Ticker {
 public:
  struct Job {
    Duration every;
    /// False if there is nothing to look at until a worker is woken.
    std::function<bool()> tick;
  };

  /// Starts at once. One at a time for an executor, which must outlive it, as must what the jobs
  /// use. `name` is the thread's, 15 letters at most.
  Ticker(Executor& executor, std::vector<Job> jobs, const std::string& name);
  /// Waits for a tick in progress.
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  void run();

  Executor& executor_;
  const std::vector<Job> jobs_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace weir::scheduler
