#include "tuning/tuner_thread.hpp"

#include <pthread.h>

#include <utility>

namespace weir::tuning {

TunerThread::TunerThread(runtime::Network& network, scheduler::Executor& executor, DecisionLog& log,
                         TunerOptions options, Duration tick)
    : tuner_(network, executor.workers(), log, std::move(options)),
      executor_(executor),
      tick_(tick),
      thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "tuner");
}

TunerThread::~TunerThread() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  executor_.interrupt();
  thread_.join();
}

void TunerThread::run() {
  std::uint64_t seen = 0;
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, tick_, [this] { return stop_; })) {
    lock.unlock();
    tuner_.tick();
    if (!tuner_.active()) executor_.await_activity(seen);
    lock.lock();
  }
}

}  // namespace weir::tuning
