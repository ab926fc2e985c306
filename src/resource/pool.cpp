#include "resource/pool.hpp"

#include <fmt/format.h>

#include <utility>

namespace weir::resource {

std::string shown(Duration time) {
  using std::chrono::milliseconds;
  return format_duration(time < milliseconds(1) ? time
                                                : std::chrono::duration_cast<milliseconds>(time));
}

PoolCore::PoolCore(PoolOptions options, std::unique_ptr<ResourceFactory> factory, Reactor& reactor)
    : options_(std::move(options)),
      factory_(std::move(factory)),
      reactor_(reactor),
      min_(options_.min),
      max_(std::max(options_.max, 1U)),
      wanted_(options_.min),
      sizing_(options_.shrink_after, options_.creations_max),
      random_(options_.seed) {
  figures_.name = options_.name;
  figures_.type = options_.type;
}

PoolCore::~PoolCore() = default;

// Runs `change` under the lock, and after it what it left to do.
template <class Change>
void PoolCore::locked(const Change& change) {
  Later later;
  {
    const std::lock_guard lock(mutex_);
    change(reactor_.now(), later);
  }
  for (const auto& call : later) call();
}

void PoolCore::start() {
  locked([this](Time now, Later& later) {
    if (std::exchange(started_, true) || closed_) return;
    std::weak_ptr<PoolCore> weak = weak_from_this();
    timer_ = reactor_.make_timer([weak] {
      if (const auto self = weak.lock()) self->tick();
    });
    grow(now, later);
    arm_all(now);
  });
}

void PoolCore::resize(unsigned min, unsigned max) {
  locked([&](Time now, Later& later) {
    min_ = min;
    max_ = std::max(max, 1U);
    close_surplus(now, later);
    grow(now, later);
    arm(now);
  });
}

void PoolCore::close(std::function<void()> drained) {
  locked([&](Time, Later& later) {
    closed_ = true;
    drained_ = std::move(drained);
    for (Waiter& waiter : waiters_) {
      refuse(waiter, "resource_closed",
             fmt::format("the pool {} is closed: the network stops or its graph has changed",
                         options_.name),
             later);
    }
    waiters_.clear();
    // Dropped without the lock: an attempt may be about to call back.
    auto given_up = std::make_shared<std::map<std::uint64_t, Creation>>(std::move(creations_));
    creations_.clear();
    later.emplace_back([given_up] { given_up->clear(); });
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      const auto next = std::next(entry);
      if (entry->second.state != State::leased) close_entry(entry, Closed::stopped, later);
      entry = next;
    }
    finish_closing(later);
  });
}

HolderFigures& PoolCore::holder(std::string_view name) {
  const auto found = holders_.find(name);
  if (found != holders_.end()) return found->second;
  HolderFigures& added = holders_[std::string(name)];
  added.name = name;
  return added;
}

std::uint64_t PoolCore::acquire(std::string_view by, Duration timeout, Completion done) {
  std::uint64_t id = 0;
  locked([&](Time now, Later& later) {
    id = ++last_id_;
    Waiter waiter{id, &holder(by), now, now + timeout, std::move(done)};
    if (closed_) {
      ++waiter.holder->waiters;
      refuse(waiter, "resource_closed", fmt::format("the pool {} is closed", options_.name), later);
      return;
    }
    sizing_.arrived(now);
    ++waiter.holder->waiters;
    waiters_.push_back(std::move(waiter));
    serve(now, later);
    if (!waiters_.empty()) {
      grow(now, later);
      arm(waiters_.back().deadline);
    }
    arm(std::max(now, next_stock_));
  });
  return id;
}

bool PoolCore::cancel(std::uint64_t waiter) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(waiters_.begin(), waiters_.end(),
                                  [waiter](const Waiter& each) { return each.id == waiter; });
  if (found == waiters_.end()) return false;
  --found->holder->waiters;
  waiters_.erase(found);
  return true;
}

// Gives idle resources to those who wait, in order. One that has rested too long is checked first;
// meanwhile its waiter keeps its place.
void PoolCore::serve(Time now, Later& later) {
  while (!waiters_.empty() && !idle_.empty()) {
    Entry& entry = *idle_.back();
    const Resource* resource = entry.resource.get();
    if (too_old(entry, now)) {
      close_entry(entries_.find(resource), Closed::lifetime, later);
      continue;
    }
    if (now - entry.since < options_.check_after && entry.since > suspect_) {
      idle_.pop_back();
      lend(entry, now, later);
      continue;
    }
    if (checking_ >= waiters_.size()) return;
    idle_.pop_back();
    entry.state = State::checking;
    entry.since = now;
    entry.check = ++last_id_;
    ++checking_;
    later.emplace_back([self = shared_from_this(), resource, check = entry.check] {
      self->begin_check(resource, check);
    });
  }
}

void PoolCore::lend(Entry& entry, Time now, Later& later) {
  Waiter& waiter = waiters_.front();
  entry.state = State::leased;
  entry.since = now;
  entry.holder = waiter.holder;
  entry.leak_reported = false;
  ++leased_;
  figures_.wait.add(now - waiter.since);
  HolderFigures& holder = *waiter.holder;
  --holder.waiters;
  ++holder.in_use;
  ++holder.acquired;
  holder.wait_s += std::chrono::duration<double>(now - waiter.since).count();
  later.emplace_back([self = shared_from_this(), resource = entry.resource.get(),
                      done = std::move(waiter.done)] { done(AnyLease(self, *resource), {}); });
  waiters_.pop_front();
  if (options_.leak_after > Duration::zero()) arm(now + options_.leak_after);
}

void PoolCore::refuse(Waiter& waiter, std::string_view kind, const std::string& text,
                      Later& later) {
  --waiter.holder->waiters;
  later.emplace_back(
      [failure = Failure(kind, text), done = std::move(waiter.done)] { done({}, failure); });
}

std::string PoolCore::describe_timeout(const Waiter& waiter, Time now) const {
  std::string text = fmt::format(
      "no {} of {} within {}: {} in use, {} idle, {} being made, at most {}, {} waiting",
      options_.noun, options_.name, shown(now - waiter.since), leased_, idle_.size() + checking_,
      creating(), max_, waiters_.size());
  if (!figures_.last_error.empty()) {
    text += fmt::format("; the last attempt to make one failed {} ago: {}",
                        shown(now - last_error_at_), figures_.last_error);
  } else if (size() >= max_) {
    text += "; all are in use: hold them for a shorter time, or raise max";
  }
  return text;
}

void PoolCore::give_back(Resource& resource, bool broken) noexcept {
  locked([&](Time now, Later& later) {
    const auto found = entries_.find(&resource);
    Entry& entry = found->second;
    const Duration held = now - entry.since;
    --leased_;
    --entry.holder->in_use;
    entry.holder->hold_s += std::chrono::duration<double>(held).count();
    figures_.hold.add(held);
    sizing_.held(held);
    if (broken) suspect_ = now;
    if (broken || closed_ || too_old(entry, now) || (size() > max_) ||
        (waiters_.empty() && size() > size_wanted())) {
      const Closed why = broken                ? Closed::broken
                         : closed_             ? Closed::stopped
                         : too_old(entry, now) ? Closed::lifetime
                                               : Closed::surplus;
      close_entry(found, why, later);
      if (closed_) {
        finish_closing(later);
      } else {
        grow(now, later);
      }
      return;
    }
    entry.state = State::idle;
    entry.since = now;
    idle_.push_back(&entry);
    serve(now, later);
    if (options_.idle_timeout > Duration::zero()) arm(now + options_.idle_timeout);
  });
}

// The resource goes when the lock is free: closing may take a system call or two.
std::uint64_t PoolCore::close_entry(Entries::iterator entry, Closed why, Later& later) {
  std::erase(idle_, &entry->second);
  if (entry->second.state == State::checking) --checking_;
  auto resource = std::move(entry->second.resource);
  later.emplace_back([resource, attempt = std::move(entry->second.attempt)]() mutable {
    attempt.reset();
    resource.reset();
  });
  entries_.erase(entry);
  return ++figures_.closed[static_cast<std::size_t>(why)];
}

void PoolCore::say(LogLevel level, std::string text, Later& later) const {
  if (!options_.log) return;
  later.emplace_back([this, self = shared_from_this(), level, text = std::move(text)] {
    options_.log(level, fmt::format("resource {}: {}", options_.name, text));
  });
}

PoolFigures PoolCore::figures() const {
  const std::lock_guard lock(mutex_);
  PoolFigures result = figures_;
  result.size = size();
  result.in_use = leased_;
  result.idle = static_cast<unsigned>(idle_.size());
  result.creating = creating();
  result.waiters = static_cast<unsigned>(waiters_.size());
  result.min = min_;
  result.max = max_;
  result.wanted = size_wanted();
  for (const auto& [name, figures] : holders_) result.holders.push_back(figures);
  return result;
}

}  // namespace weir::resource
