// A pool of resources: lends them in the order of asking, makes them in the background, closes
// those that are broken, old or not needed, and sizes itself by its load (docs/resources.md). Owned
// by a network, and by every lease. It knows nothing of what it holds, and threads only through its
// reactor: in a simulation all of it runs in virtual time.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <unordered_map>
#include <vector>

#include "resource/figures.hpp"
#include "resource/sizing.hpp"
#include "weir/resource_pool.hpp"

namespace weir::resource {

struct PoolOptions {
  std::string name;
  std::string type;
  /// What one of its resources is called: "connection".
  std::string noun = "resource";
  unsigned min = 1;
  unsigned max = 10;
  /// Resources that are made at the same time, at most. After a failure it is one.
  unsigned creations_max = 4;
  Duration acquire_timeout = std::chrono::seconds(30);
  /// One beyond `min` that nobody has wanted for so long is closed. 0: never.
  Duration idle_timeout = std::chrono::minutes(10);
  /// An older one is closed when it is free; each a random tenth earlier. 0: never.
  Duration max_lifetime = std::chrono::minutes(30);
  /// One that was idle for longer is checked before it is lent.
  Duration check_after = std::chrono::milliseconds(500);
  /// A lease held for longer is reported, once. 0: never.
  Duration leak_after = std::chrono::minutes(5);
  /// The pause after a failed creation: doubled with each, with a random part.
  Duration backoff_first = std::chrono::milliseconds(100);
  Duration backoff_most = std::chrono::seconds(10);
  /// The size follows a falling load after so long.
  Duration shrink_after = std::chrono::seconds(30);
  std::uint64_t seed = 1;
  /// Called without any lock held; may be empty.
  std::function<void(LogLevel, const std::string&)> log = {};
};

/// For messages: to the millisecond, if it is as long.
std::string shown(Duration time);

class PoolCore final : public Pool, public std::enable_shared_from_this<PoolCore> {
 public:
  /// The reactor must outlive the pool and all its leases.
  PoolCore(PoolOptions options, std::unique_ptr<ResourceFactory> factory, Reactor& reactor);
  ~PoolCore() override;
  PoolCore(const PoolCore&) = delete;
  PoolCore& operator=(const PoolCore&) = delete;

  /// Begins to make the first ones; a second call does nothing.
  void start();
  /// New limits, at least 0 and 1: what is too many is closed when it is free.
  void resize(unsigned min, unsigned max);
  /// Nobody gets a lease any more; those who wait are told so. What is idle is closed now, what is
  /// on loan when it comes back. `drained`, if given, is called when all are closed.
  void close(std::function<void()> drained = {});
  PoolFigures figures() const;

  const std::string& name() const noexcept override { return options_.name; }
  Duration acquire_timeout() const noexcept override { return options_.acquire_timeout; }
  bool busy() const noexcept override {
    const std::lock_guard lock(mutex_);
    return leased_ != 0;
  }
  std::uint64_t acquire(std::string_view holder, Duration timeout, Completion done) override;
  bool cancel(std::uint64_t waiter) noexcept override;

 private:
  /// What a process does with the pool.
  using Holders = std::map<std::string, HolderFigures, std::less<>>;
  enum class State : std::uint8_t { idle, checking, leased };
  struct Entry {
    std::shared_ptr<Resource> resource;
    State state = State::idle;
    Time since{};    // of the state
    Time retires{};  // max_lifetime
    HolderFigures* holder = nullptr;
    bool leak_reported = false;
    std::uint64_t check = 0;
    ResourceFactory::Attempt attempt;
  };
  using Entries = std::unordered_map<const Resource*, Entry>;
  struct Waiter {
    std::uint64_t id;
    HolderFigures* holder;
    Time since;
    Time deadline;
    Completion done;
  };
  struct Creation {
    Time began;
    ResourceFactory::Attempt attempt;
  };
  /// What is left to do when the lock is free: callbacks, logs, and closing resources.
  using Later = std::vector<std::function<void()>>;

  // pool.cpp
  void give_back(Resource& resource, bool broken) noexcept override;
  template <class Change>
  void locked(const Change& change);
  void serve(Time now, Later& later);
  void lend(Entry& entry, Time now, Later& later);
  void refuse(Waiter& waiter, std::string_view kind, const std::string& text, Later& later);
  std::string describe_timeout(const Waiter& waiter, Time now) const;
  std::uint64_t close_entry(Entries::iterator entry, Closed why, Later& later);
  void say(LogLevel level, std::string text, Later& later) const;

  // pool_upkeep.cpp
  void tick();
  void expire_waiters(Time now, Later& later);
  void look_after_entries(Time now, Later& later);
  void close_surplus(Time now, Later& later);
  void adjust_size(Time now);
  void grow(Time now, Later& later);
  void begin_creation(std::uint64_t id);
  void created(std::uint64_t id, std::unique_ptr<Resource> resource, const std::string& error);
  void creation_failed(Time now, const std::string& error, Later& later);
  void begin_check(const Resource* resource, std::uint64_t check);
  void checked(const Resource* resource, std::uint64_t check, bool good);
  void arm(Time when);
  void arm_all(Time now);
  void finish_closing(Later& later);

  bool too_old(const Entry& entry, Time now) const noexcept {
    return options_.max_lifetime > Duration::zero() && now >= entry.retires;
  }
  unsigned size() const noexcept { return static_cast<unsigned>(entries_.size()); }
  unsigned size_wanted() const noexcept { return std::clamp(wanted_, min_, max_); }
  unsigned creating() const noexcept { return static_cast<unsigned>(creations_.size()); }
  HolderFigures& holder(std::string_view name);

  const PoolOptions options_;
  const std::unique_ptr<ResourceFactory> factory_;
  Reactor& reactor_;

  mutable std::mutex mutex_;
  unsigned min_;
  unsigned max_;
  unsigned wanted_;
  Sizing sizing_;
  std::mt19937_64 random_;
  Entries entries_;
  // The longest idle first; lent from the end, so that what is not needed gets old.
  std::vector<Entry*> idle_;
  unsigned checking_ = 0;
  unsigned leased_ = 0;
  // Those idle since then or before may be broken like one that was discarded.
  Time suspect_{};
  std::list<Waiter> waiters_;
  std::map<std::uint64_t, Creation> creations_;
  std::uint64_t last_id_ = 0;
  unsigned failures_ = 0;
  Time next_creation_{};
  Time last_error_at_{};
  bool started_ = false;
  bool closed_ = false;
  std::function<void()> drained_;
  Holders holders_;
  // Counters and histograms; the rest is filled in when it is read.
  PoolFigures figures_;
  Time armed_ = Time::max();
  Time next_stock_{};
  // Last, so that it goes first.
  std::unique_ptr<Timer> timer_;
};

}  // namespace weir::resource
