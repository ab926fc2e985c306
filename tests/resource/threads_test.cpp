// A pool on real threads: for ThreadSanitizer, and for what only shows when calls truly overlap.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "resource/pool.hpp"
#include "scheduler/pool.hpp"

namespace weir::resource {
namespace {

std::atomic<int> alive{0};

struct Thing final : Resource {
  Thing() { ++alive; }
  ~Thing() override { --alive; }
  // Unguarded on purpose: a lease is for one at a time.
  std::uint64_t uses = 0;
};

/// Makes a thing after a moment, but for every fifth.
class ThingFactory final : public ResourceFactory {
 public:
  explicit ThingFactory(Reactor& reactor) : reactor_(reactor) {}
  Attempt make(Made made) override {
    auto attempt = std::make_shared<std::unique_ptr<Timer>>();
    const bool fails = ++count_ % 5 == 0;
    *attempt = reactor_.make_timer([fails, made = std::move(made)] {
      made(fails ? nullptr : std::make_unique<Thing>(), fails ? "refused" : "");
    });
    (*attempt)->start(std::chrono::microseconds(200));
    return attempt;
  }
  Attempt check(const std::shared_ptr<Resource>& resource, const Checked& checked) override {
    checked(++static_cast<Thing&>(*resource).uses % 7 != 0);
    return {};
  }

 private:
  Reactor& reactor_;
  std::atomic<unsigned> count_{0};
};

TEST(PoolThreads, ManyAskCancelAndGiveBackWhileItIsResizedAndClosed) {
  for (int round = 0; round < 5; ++round) {
    const auto executor = scheduler::make_pool({.workers = 2});
    PoolOptions options;
    options.name = "things";
    options.max = 4;
    options.check_after = {};
    options.backoff_first = std::chrono::milliseconds(1);
    options.backoff_most = std::chrono::milliseconds(2);
    options.max_lifetime = std::chrono::milliseconds(5);
    const auto pool =
        std::make_shared<PoolCore>(options, std::make_unique<ThingFactory>(*executor), *executor);
    pool->start();
    std::atomic<std::uint64_t> answered{0};
    std::atomic<std::uint64_t> cancelled{0};
    constexpr unsigned asking = 3;
    constexpr std::uint64_t each = 2000;
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < asking; ++i) {
      threads.emplace_back([&, i] {
        for (std::uint64_t n = 0; n < each; ++n) {
          const std::uint64_t waiter =
              pool->acquire(i == 0 ? "a" : "b", std::chrono::milliseconds(50),
                            [&, n](AnyLease lease, const std::optional<Failure>& failure) {
                              ++answered;
                              if (failure) return;
                              ++static_cast<Thing&>(*lease).uses;
                              if (n % 50 == 0) lease.discard();
                            });
          if (n % 3 == 0 && pool->cancel(waiter)) ++cancelled;
          if (n % 100 == 0) pool->resize(n % 3, 2 + static_cast<unsigned>(n % 5));
          if (n % 100 == 1) pool->figures();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    std::atomic<bool> drained{false};
    pool->close([&] { drained = true; });
    executor->settle([&] { return drained && answered + cancelled == asking * each; });
    EXPECT_EQ(pool->figures().size, 0U);
  }
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace weir::resource
