// What a pool does by itself: makes resources, closes those that are too many or too old, and looks
// at the clock.
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

#include "resource/pool.hpp"
#include "weir/backoff.hpp"

namespace weir::resource {
namespace {

// How often the size is adjusted while there is a load.
constexpr Duration stock_pause = std::chrono::milliseconds(100);

}  // namespace

void PoolCore::arm(Time when) {
  if (closed_ || !started_ || when >= armed_) return;
  armed_ = when;
  timer_->start(when - reactor_.now());
}

void PoolCore::arm_all(Time now) {
  armed_ = Time::max();
  for (const Waiter& waiter : waiters_) arm(waiter.deadline);
  const bool limited = options_.max_lifetime > Duration::zero();
  for (const auto& [resource, entry] : entries_) {
    if (entry.state == State::idle) {
      if (limited) arm(entry.retires);
      if (options_.idle_timeout > Duration::zero() && size() > min_) {
        arm(entry.since + options_.idle_timeout);
      }
    } else if (entry.state == State::leased && options_.leak_after > Duration::zero() &&
               !entry.leak_reported) {
      arm(entry.since + options_.leak_after);
    }
  }
  if (failures_ != 0 && creating() == 0 && (size() < size_wanted() || !waiters_.empty())) {
    arm(std::max(next_creation_, now));
  }
  // With nothing going on there is nothing to adjust.
  if (!waiters_.empty() || leased_ != 0 || size() > min_ || wanted_ > min_) arm(next_stock_);
}

void PoolCore::tick() {
  Later later;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    const Time now = reactor_.now();
    expire_waiters(now, later);
    look_after_entries(now, later);
    if (now >= next_stock_) adjust_size(now);
    close_surplus(now, later);
    serve(now, later);
    grow(now, later);
    arm_all(now);
  }
  for (const auto& call : later) call();
}

void PoolCore::expire_waiters(Time now, Later& later) {
  for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
    if (waiter->deadline > now) {
      ++waiter;
      continue;
    }
    ++figures_.timeouts;
    figures_.wait.add(now - waiter->since);
    waiter->holder->wait_s += std::chrono::duration<double>(now - waiter->since).count();
    refuse(*waiter, "resource_timeout", describe_timeout(*waiter, now), later);
    waiter = waiters_.erase(waiter);
  }
}

void PoolCore::look_after_entries(Time now, Later& later) {
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto each = entry++;
    Entry& found = each->second;
    if (found.state == State::idle) {
      if (too_old(found, now)) {
        close_entry(each, Closed::lifetime, later);
      } else if (options_.idle_timeout > Duration::zero() && size() > min_ &&
                 now - found.since >= options_.idle_timeout) {
        close_entry(each, Closed::idle, later);
        wanted_ = std::min(wanted_, size());
      }
    } else if (found.state == State::leased && !found.leak_reported &&
               options_.leak_after > Duration::zero() && now - found.since >= options_.leak_after) {
      found.leak_reported = true;
      ++figures_.leaks;
      say(LogLevel::warning,
          fmt::format("process {} has held a {} for {} and still does", found.holder->name,
                      options_.noun, shown(now - found.since)),
          later);
    }
  }
}

void PoolCore::close_surplus(Time, Later& later) {
  while (!idle_.empty() && size() > size_wanted()) {
    close_entry(entries_.find(idle_.front()->resource.get()), Closed::surplus, later);
  }
}

void PoolCore::adjust_size(Time now) {
  next_stock_ = now + stock_pause;
  wanted_ = std::max(min_, sizing_.adjust(now, size_wanted(), max_));
  if (waiters_.empty() || creating() != 0) return;
  // One more for whoever has waited for longer than a creation takes; not for each of them.
  const unsigned needed =
      sizing_.for_waiters(waiters_.size(), size(), now - waiters_.front().since);
  if (needed > wanted_) {
    wanted_ = std::min(needed, max_);
    sizing_.surge(now, wanted_);
  }
}

void PoolCore::grow(Time now, Later& later) {
  if (closed_ || !started_) return;
  if (waiters_.size() > checking_) {
    const unsigned needed =
        sizing_.for_waiters(waiters_.size() - checking_, size() + creating(), Duration::zero());
    if (needed > size_wanted()) {
      wanted_ = std::min(needed, max_);
      sizing_.surge(now, wanted_);
    }
  }
  if (failures_ != 0 && now < next_creation_) {
    arm(next_creation_);
    return;
  }
  const unsigned at_once = failures_ == 0 ? std::max(1U, options_.creations_max) : 1;
  while (size() + creating() < size_wanted() && creating() < at_once) {
    const std::uint64_t id = ++last_id_;
    creations_.emplace(id, Creation{now, {}});
    later.emplace_back([self = shared_from_this(), id] { self->begin_creation(id); });
  }
}

void PoolCore::begin_creation(std::uint64_t id) {
  const std::weak_ptr<PoolCore> weak = weak_from_this();
  ResourceFactory::Attempt attempt =
      factory_->make([weak, id](std::unique_ptr<Resource> resource, const std::string& error) {
        if (const auto self = weak.lock()) self->created(id, std::move(resource), error);
      });
  const std::lock_guard lock(mutex_);
  const auto found = creations_.find(id);
  if (found != creations_.end()) found->second.attempt.swap(attempt);
}

void PoolCore::created(std::uint64_t id, std::unique_ptr<Resource> resource,
                       const std::string& error) {
  Later later;
  {
    const std::lock_guard lock(mutex_);
    const auto creation = creations_.find(id);
    // The pool was closed meanwhile; the resource goes.
    if (creation == creations_.end()) return;
    const Time now = reactor_.now();
    const Duration took = now - creation->second.began;
    later.emplace_back([attempt = std::move(creation->second.attempt)] {});
    creations_.erase(creation);
    if (resource == nullptr) {
      creation_failed(now, error, later);
    } else {
      if (failures_ != 0) {
        say(LogLevel::info, fmt::format("a {} is made again", options_.noun), later);
      }
      failures_ = 0;
      figures_.last_error.clear();
      ++figures_.created;
      figures_.creation.add(took);
      sizing_.created(took);
      const auto early = std::uniform_real_distribution<double>(0, 0.1)(random_);
      Entry& entry = entries_[resource.get()];
      entry.since = now;
      entry.retires =
          now + std::chrono::duration_cast<Duration>(
                    (1 - early) * std::chrono::duration<double, std::nano>(options_.max_lifetime));
      entry.resource = std::move(resource);
      idle_.push_back(&entry);
      serve(now, later);
      close_surplus(now, later);
      grow(now, later);
    }
    arm_all(now);
  }
  for (const auto& call : later) call();
}

void PoolCore::creation_failed(Time now, const std::string& error, Later& later) {
  ++figures_.creation_failures;
  figures_.last_error = error;
  last_error_at_ = now;
  next_creation_ =
      now + backoff(failures_++, options_.backoff_first, options_.backoff_most, random_);
  say(LogLevel::warning,
      fmt::format("no {} could be made: {}; tries again in {}", options_.noun, error,
                  shown(next_creation_ - now)),
      later);
}

void PoolCore::begin_check(const Resource* resource, std::uint64_t check) {
  std::shared_ptr<Resource> found;
  {
    const std::lock_guard lock(mutex_);
    const auto entry = entries_.find(resource);
    if (entry == entries_.end() || entry->second.check != check) return;
    found = entry->second.resource;
  }
  const std::weak_ptr<PoolCore> weak = weak_from_this();
  ResourceFactory::Attempt attempt = factory_->check(found, [weak, resource, check](bool good) {
    if (const auto self = weak.lock()) self->checked(resource, check, good);
  });
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(resource);
  if (entry != entries_.end() && entry->second.state == State::checking &&
      entry->second.check == check) {
    entry->second.attempt.swap(attempt);
  }
}

void PoolCore::checked(const Resource* resource, std::uint64_t check, bool good) {
  Later later;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(resource);
    if (found == entries_.end() || found->second.state != State::checking ||
        found->second.check != check) {
      return;
    }
    const Time now = reactor_.now();
    if (good) {
      Entry& entry = found->second;
      later.emplace_back([attempt = std::move(entry.attempt)] {});
      entry.state = State::idle;
      // It has just proved itself.
      entry.since = std::max(now, suspect_ + Duration(1));
      --checking_;
      idle_.push_back(&entry);
      serve(now, later);
    } else {
      // What broke it has probably broken the others.
      suspect_ = now;
      close_entry(found, Closed::invalid, later);
      serve(now, later);
      grow(now, later);
    }
    arm_all(now);
  }
  for (const auto& call : later) call();
}

void PoolCore::finish_closing(Later& later) {
  if (timer_ != nullptr) timer_->cancel();
  if (entries_.empty() && drained_) later.push_back(std::exchange(drained_, nullptr));
}

}  // namespace weir::resource
