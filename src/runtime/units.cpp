#include "runtime/units.hpp"

#include <algorithm>

#include "runtime/lane.hpp"

namespace weir::runtime {

void Units::add(Lane& lane, bool at_work) {
  const std::lock_guard lock(mutex_);
  lane.set_at_work(at_work);
  if (at_work) {
    ++working_;
  } else {
    // Behind those that are there, so that lanes with a warm cache are taken first.
    idle_.insert(idle_.begin(), &lane);
  }
}

Lane* Units::take_idle() {
  if (working_ >= limit_ || idle_.empty()) return nullptr;
  Lane* lane = idle_.back();
  idle_.pop_back();
  ++working_;
  lane->set_at_work(true);
  return lane;
}

void Units::set_limit(unsigned limit) {
  const std::lock_guard lock(mutex_);
  limit_ = limit;
}

Lane* Units::admit() {
  const std::lock_guard lock(mutex_);
  Lane* lane = take_idle();
  if (lane == nullptr) news_ = true;
  return lane;
}

Lane* Units::admit_more() {
  const std::lock_guard lock(mutex_);
  return take_idle();
}

bool Units::rest(Lane& lane) {
  const std::lock_guard lock(mutex_);
  if (news_ && working_ <= limit_) {
    news_ = false;
    return false;
  }
  --working_;
  lane.set_at_work(false);
  idle_.push_back(&lane);
  return true;
}

bool Units::too_many(Lane& lane) {
  const std::lock_guard lock(mutex_);
  if (working_ <= limit_) return false;
  // It leaves without having looked: one that stays must.
  news_ = true;
  --working_;
  lane.set_at_work(false);
  idle_.push_back(&lane);
  return true;
}

bool Units::above_limit() {
  const std::lock_guard lock(mutex_);
  if (working_ <= limit_) return false;
  // As in too_many().
  news_ = true;
  return true;
}

unsigned Units::free_units() const {
  const std::lock_guard lock(mutex_);
  return working_ < limit_ ? limit_ - working_ + 1 : 1;
}

}  // namespace weir::runtime
