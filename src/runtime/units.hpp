// Which units of a process are at work. A process with concurrency c has up to c lanes at work at
// the same moment; the others are idle, and are woken while there is input that the working ones
// have not claimed. Thread-safe.
#pragma once

#include <mutex>
#include <vector>

namespace weir::runtime {

class Lane;

class Units {
 public:
  void add(Lane& lane, bool at_work);
  /// How many may be at work together; whoever calls this then brings news.
  void set_limit(unsigned limit);

  /// For news from outside: a lane to set to work, or nullptr if none may. Then one that is at work
  /// looks again before it rests.
  Lane* admit();
  /// For a lane that sees more input than it has claimed: another to set to work, or nullptr.
  Lane* admit_more();
  /// For a lane that has found nothing to do. False if there is news: then it must look again.
  bool rest(Lane& lane);
  /// For a lane between two batches: true if more are at work than may, and this one must rest.
  bool too_many(Lane& lane);
  /// The same for a lane inside a step, which is to end it and then rest().
  bool above_limit();

  /// Units that are not at work, at least 1.
  unsigned free_units() const;

 private:
  Lane* take_idle();

  mutable std::mutex mutex_;
  std::vector<Lane*> idle_;
  unsigned working_ = 0;
  unsigned limit_ = 0;
  bool news_ = false;
};

}  // namespace weir::runtime
