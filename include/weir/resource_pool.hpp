// How a process gets a resource out of a pool: it asks, goes on waiting without a worker, and holds
// a lease. The resource goes back when the lease ends, so it cannot be forgotten.
//
//   void start(Context& context) override { pool_ = ResourcePool<Connection>(context, "db"); }
//   Step step(Context& context) override {
//     if (!asked_.pending()) asked_ = pool_.ask(context, timeout);
//     std::optional<Acquired<Connection>> got = asked_.take();
//     if (!got) return Step::waiting;
//     ...
//   }
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "weir/component.hpp"
#include "weir/resource.hpp"

namespace weir {

class Pool;

/// A resource on loan; gives it back when it ends. Used by one thread at a time. Keeps the pool.
class AnyLease {
 public:
  AnyLease() noexcept = default;
  AnyLease(std::shared_ptr<Pool> pool, Resource& resource) noexcept
      : pool_(std::move(pool)), resource_(&resource) {}
  AnyLease(AnyLease&& other) noexcept
      : pool_(std::move(other.pool_)), resource_(std::exchange(other.resource_, nullptr)) {}
  AnyLease& operator=(AnyLease&& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(resource_, other.resource_);
    return *this;
  }
  ~AnyLease() { end(false); }

  explicit operator bool() const noexcept { return resource_ != nullptr; }
  Resource& operator*() const noexcept { return *resource_; }

  /// Gives it back now.
  void release() noexcept { end(false); }
  /// It is broken: it is closed, and the others that were idle then are checked before they are
  /// lent again.
  void discard() noexcept { end(true); }

 private:
  inline void end(bool broken) noexcept;

  std::shared_ptr<Pool> pool_;
  Resource* resource_ = nullptr;
};

/// A pool of resources of whatever type. Thread-safe. Its callbacks come on any thread, without any
/// lock held, perhaps before the call that led to them returns.
class Pool {
 public:
  /// A lease, or why there is none: a Failure of kind resource_timeout or resource_closed.
  using Completion = std::function<void(AnyLease lease, std::optional<Failure> failure)>;

  virtual ~Pool() = default;
  virtual const std::string& name() const noexcept = 0;
  /// How long to wait unless a user says otherwise.
  virtual Duration acquire_timeout() const noexcept = 0;
  /// True while resources are on loan: who waits then may only have to wait for others.
  virtual bool busy() const noexcept { return false; }
  /// Asks for a resource; who asks first is served first. Calls back once, within `timeout`, unless
  /// it is cancelled. `holder` is who asks, in figures and messages: the process. Returns a number
  /// for cancel().
  virtual std::uint64_t acquire(std::string_view holder, Duration timeout, Completion done) = 0;
  /// True if the waiter was still there: it will not be called back.
  virtual bool cancel(std::uint64_t waiter) noexcept = 0;

 private:
  friend class AnyLease;
  virtual void give_back(Resource& resource, bool broken) noexcept = 0;
};

inline void AnyLease::end(bool broken) noexcept {
  Resource* resource = std::exchange(resource_, nullptr);
  if (resource != nullptr) pool_->give_back(*resource, broken);
  pool_.reset();
}

/// A lease on a T.
template <class T>
class Lease : public AnyLease {
 public:
  Lease() noexcept = default;
  explicit Lease(AnyLease&& lease) noexcept : AnyLease(std::move(lease)) {}
  T& operator*() const noexcept { return static_cast<T&>(AnyLease::operator*()); }
  T* operator->() const noexcept { return &**this; }
};

/// What came of asking: a lease, or why there is none.
template <class T>
struct Acquired {
  Lease<T> lease;
  std::optional<Failure> failure;
};

/// A lease that was asked for. For one process, which is woken when there is an answer. Where it is
/// dropped, the wait is cancelled, and a lease that comes too late goes back at once.
template <class T>
class PendingLease {
 public:
  PendingLease() noexcept = default;
  PendingLease(std::shared_ptr<Pool> pool, std::string_view holder, Duration timeout,
               std::shared_ptr<Waker> waker)
      : pool_(std::move(pool)), answer_(std::make_shared<Answer>()) {
    waiter_ = pool_->acquire(
        holder, timeout,
        [answer = answer_, waker = std::move(waker)](AnyLease lease,
                                                     std::optional<Failure> failure) {
          {
            const std::lock_guard lock(answer->mutex);
            answer->value = Acquired<T>{Lease<T>(std::move(lease)), std::move(failure)};
          }
          waker->wake();
        });
  }
  PendingLease(PendingLease&&) noexcept = default;
  PendingLease& operator=(PendingLease&& other) noexcept {
    cancel();
    pool_ = std::move(other.pool_);
    answer_ = std::move(other.answer_);
    waiter_ = other.waiter_;
    return *this;
  }
  ~PendingLease() { cancel(); }

  /// It was asked, and the answer has not been taken.
  bool pending() const noexcept { return answer_ != nullptr; }
  /// The answer, once, if there is one.
  std::optional<Acquired<T>> take() {
    if (answer_ == nullptr) return {};
    std::optional<Acquired<T>> value;
    {
      const std::lock_guard lock(answer_->mutex);
      std::swap(value, answer_->value);
    }
    if (value) answer_.reset();
    return value;
  }
  void cancel() noexcept {
    if (answer_ == nullptr) return;
    pool_->cancel(waiter_);
    answer_.reset();
  }

 private:
  struct Answer {
    std::mutex mutex;
    std::optional<Acquired<T>> value;
  };

  std::shared_ptr<Pool> pool_;
  std::shared_ptr<Answer> answer_;
  std::uint64_t waiter_ = 0;
};

/// A pool whose resources are known to be Ts. A handle: cheap to copy.
template <class T>
class ResourcePool {
 public:
  ResourcePool() noexcept = default;
  explicit ResourcePool(std::shared_ptr<Pool> pool) noexcept : pool_(std::move(pool)) {}
  /// The pool that the graph file calls so; validation has seen to its type.
  ResourcePool(Context& context, std::string_view name) : pool_(context.resource(name)) {}

  /// For processes: step() is called again when there is an answer.
  PendingLease<T> ask(Context& context, Duration timeout) const {
    return {pool_, context.process_name(), timeout, context.waker()};
  }
  /// For others: calls back with an Acquired<T>; see Pool::acquire.
  template <class Done>
  std::uint64_t acquire(std::string_view holder, Duration timeout, Done done) const {
    return pool_->acquire(
        holder, timeout,
        [done = std::move(done)](AnyLease lease, std::optional<Failure> failure) mutable {
          done(Acquired<T>{Lease<T>(std::move(lease)), std::move(failure)});
        });
  }
  bool cancel(std::uint64_t waiter) const noexcept { return pool_->cancel(waiter); }
  Duration acquire_timeout() const noexcept { return pool_->acquire_timeout(); }
  bool busy() const noexcept { return pool_->busy(); }

 private:
  std::shared_ptr<Pool> pool_;
};

}  // namespace weir
