// A connection of a running network: the queue between two processes, and whom to wake at its ends.
#pragma once

#include <string>

#include "connection/queue.hpp"
#include "scheduler/executor.hpp"
#include "scheduler/task.hpp"

namespace weir::runtime {

struct Connection {
  explicit Connection(std::uint32_t capacity) noexcept : queue(capacity) {}

  connection::Queue queue;
  /// Null for an initial packet, which no process sends.
  scheduler::Task* producer = nullptr;
  scheduler::Task* consumer = nullptr;
  std::string name;
  std::string from;
  std::string to;
};

/// Lets the task look at its ports again. Thread-safe.
inline void wake(scheduler::Executor& executor, scheduler::Task& task, bool next) {
  if (task.notify()) executor.submit(task, next);
}

}  // namespace weir::runtime
