#include "tuning/decisions.hpp"

#include <chrono>
#include <utility>

namespace weir::tuning {
namespace {

constexpr std::size_t most_kept = 1000;

}  // namespace

void DecisionLog::add(Decision decision) {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  decision.time_s = std::chrono::duration<double>(since_1970).count();
  const std::lock_guard lock(mutex_);
  decision.id = ++last_id_;
  entries_.push_back(std::move(decision));
  if (entries_.size() > most_kept) entries_.pop_front();
}

void DecisionLog::count_probe() {
  const std::lock_guard lock(mutex_);
  ++probes_;
}

std::vector<Decision> DecisionLog::read() const {
  const std::lock_guard lock(mutex_);
  return {entries_.begin(), entries_.end()};
}

std::uint64_t DecisionLog::decisions() const {
  const std::lock_guard lock(mutex_);
  return last_id_;
}

std::uint64_t DecisionLog::probes() const {
  const std::lock_guard lock(mutex_);
  return probes_;
}

}  // namespace weir::tuning
