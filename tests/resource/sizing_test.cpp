// The size of a pool under loads of known needs, in virtual time.
#include <algorithm>
#include <cmath>

#include "parts.hpp"

namespace weir::resource {
namespace {

constexpr Duration creation = milliseconds(50);
constexpr Duration hold = milliseconds(20);
constexpr unsigned most = 100;

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

double p99_with(unsigned size, double rate) {
  PoolOptions options;
  options.min = options.max = size;
  Bench bench(options);
  bench.server.creation = creation;
  bench.pool->start();
  bench.pass(seconds(1));
  Load load(bench, hold, 7);
  load.set_rate(rate);
  bench.pass(seconds(rate < 100 ? 300 : 30));
  load.set_rate(0);
  return percentile(load.take_waits(), 0.99);
}

/// The least fixed size with which the load's p99 wait is within one creation, by trial.
unsigned least_that_does(double rate) {
  const double busy = rate * std::chrono::duration<double>(hold).count();
  auto size = static_cast<unsigned>(std::ceil(busy));
  while (p99_with(std::max(size, 1U), rate) > std::chrono::duration<double>(creation).count()) {
    ++size;
  }
  return std::max(size, 1U);
}

struct Settled {
  std::vector<unsigned> sizes;
  double p99_s = 0;
};

/// Watches the size each 100 ms for so long.
Settled watch(Bench& bench, Load& load, Duration time) {
  Settled settled;
  load.take_waits();
  for (Duration passed{}; passed < time; passed += milliseconds(100)) {
    bench.pass(milliseconds(100));
    settled.sizes.push_back(bench.pool->figures().size);
  }
  settled.p99_s = percentile(load.take_waits(), 0.99);
  return settled;
}

unsigned changes(const std::vector<unsigned>& sizes) {
  unsigned count = 0;
  for (std::size_t i = 1; i < sizes.size(); ++i) count += sizes[i] != sizes[i - 1] ? 1 : 0;
  return count;
}

void expect_settled(const Settled& settled, unsigned least) {
  const double allowed = std::max(1.0, 0.2 * least);
  std::vector<unsigned> sorted = settled.sizes;
  std::sort(sorted.begin(), sorted.end());
  // Chance makes a long queue now and then, which is answered and soon forgotten.
  for (const std::size_t at : {sorted.size() / 10, sorted.size() / 2, sorted.size() * 8 / 10}) {
    EXPECT_LE(std::abs(static_cast<double>(sorted[at]) - least), allowed) << "least " << least;
  }
  EXPECT_LE(settled.p99_s, std::chrono::duration<double>(creation).count());
  // In a minute.
  EXPECT_LE(changes(settled.sizes), 12U);
}

TEST(Sizing, ServersForALoad) {
  // Erlang C: 10 erlangs, 14 servers: 17.4 % wait; of those e^-4 more than a holding time.
  EXPECT_EQ(servers_for(10, 1, 1, 1, 0.01, 100), 14U);
  // Without patience more are needed, with much of it hardly more than the load itself.
  EXPECT_EQ(servers_for(10, 1, 0, 1, 0.01, 100), 19U);
  EXPECT_EQ(servers_for(10, 1, 100, 1, 0.01, 100), 11U);
  EXPECT_EQ(servers_for(0, 1, 1, 1, 0.01, 100), 0U);
  EXPECT_EQ(servers_for(1000, 1, 1, 1, 0.01, 100), 100U);
  // Halfin and Whitt: beyond the load by a multiple of its square root.
  for (const double load : {25.0, 100.0, 400.0, 1600.0}) {
    const double beyond = servers_for(load, 1, 0, 1, 0.01, 10'000) - load;
    EXPECT_NEAR(beyond / std::sqrt(load), 2.6, 0.4) << load;
  }
}

class Steps : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(Steps, TheSizeFollowsALoadUpAndDown) {
  const unsigned least_low = least_that_does(10);
  const unsigned least_high = least_that_does(1000);
  PoolOptions options;
  options.min = 1;
  options.max = most;
  options.seed = GetParam();
  Bench bench(options);
  bench.server.creation = creation;
  bench.pool->start();
  Load load(bench, hold, GetParam());
  load.set_rate(10);
  bench.pass(seconds(60));
  expect_settled(watch(bench, load, seconds(60)), least_low);

  load.set_rate(1000);
  const auto up = watch(bench, load, seconds(2));
  EXPECT_GE(up.sizes.back(), least_high) << "it grows at once";
  bench.pass(seconds(60));
  expect_settled(watch(bench, load, seconds(60)), least_high);

  load.set_rate(10);
  const auto down = watch(bench, load, seconds(90));
  // The first seconds show what was estimated before.
  for (std::size_t i = 50; i < down.sizes.size(); ++i) {
    EXPECT_LE(down.sizes[i], down.sizes[i - 1]) << "it only shrinks";
  }
  expect_settled(watch(bench, load, seconds(60)), least_low);
  load.set_rate(0);
  bench.pass(seconds(600));
  EXPECT_EQ(bench.pool->figures().size, 1U);
  EXPECT_EQ(load.failures(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Steps, ::testing::Range<std::uint64_t>(1, 7));

TEST(Sizing, StaysWithinItsLimits) {
  PoolOptions options;
  options.min = 2;
  options.max = 8;
  Bench bench(options);
  bench.pool->start();
  Load load(bench, hold, 3);
  load.set_rate(350);
  for (const unsigned size : watch(bench, load, seconds(60)).sizes) EXPECT_LE(size, 8U);
  load.set_rate(0);
  bench.pass(seconds(300));
  EXPECT_EQ(bench.pool->figures().size, 2U);
}

TEST(Sizing, GrowsForLongHoldsThatHaveNotEnded) {
  PoolOptions options;
  options.min = 1;
  options.max = 10;
  Bench bench(options);
  bench.pool->start();
  Load load(bench, milliseconds(1), 3);
  load.set_rate(100);
  bench.pass(seconds(10));
  load.set_rate(0);
  bench.pass(seconds(1));
  std::vector<std::shared_ptr<AnyLease>> held;
  for (int i = 0; i < 6; ++i) {
    bench.pool->acquire("slow", seconds(30), [&](AnyLease lease, const std::optional<Failure>&) {
      held.push_back(std::make_shared<AnyLease>(std::move(lease)));
    });
  }
  bench.pass(seconds(2));
  EXPECT_EQ(held.size(), 6U);
}

}  // namespace
}  // namespace weir::resource
