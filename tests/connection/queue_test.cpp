#include "connection/queue.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <thread>
#include <vector>

#include "packet/pool.hpp"
#include "weir/packet.hpp"

namespace weir::connection {
namespace {

void put_numbers(Queue& queue, std::int64_t first, std::size_t count) {
  std::vector<detail::PacketCell*> cells;
  for (std::size_t i = 0; i < count; ++i) {
    cells.push_back(Packet::integer(first + static_cast<std::int64_t>(i)).release_to_runtime());
  }
  queue.put(cells.data(), cells.size());
}

std::vector<std::int64_t> take_numbers(Queue& queue, std::size_t most) {
  std::vector<detail::PacketCell*> cells(most);
  const std::size_t count = queue.take(cells.data(), most);
  std::vector<std::int64_t> numbers;
  for (std::size_t i = 0; i < count; ++i) numbers.push_back(Packet::adopt(cells[i]).as_integer());
  return numbers;
}

TEST(Queue, GivesPacketsInTheOrderTheyWerePut) {
  Queue queue(8);
  put_numbers(queue, 1, 3);
  EXPECT_EQ(take_numbers(queue, 2), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(take_numbers(queue, 9), (std::vector<std::int64_t>{3}));
  EXPECT_TRUE(take_numbers(queue, 9).empty());
}

TEST(Queue, TakesMoreThanItsCapacityAsOverflow) {
  Queue queue(2);
  put_numbers(queue, 0, 1000);
  EXPECT_EQ(queue.room(), 0u);
  EXPECT_EQ(queue.available(), 1000u);
  EXPECT_EQ(take_numbers(queue, 2000).size(), 1000u);
}

TEST(Queue, RoomCountsOnlyPublishedPlaces) {
  Queue queue(4);
  put_numbers(queue, 0, 4);
  take_numbers(queue, 3);
  EXPECT_EQ(queue.room(), 0u);
  queue.publish_taken();
  EXPECT_EQ(queue.room(), 3u);
}

TEST(Queue, HasEndedWhenClosedAndEmpty) {
  Queue queue(4);
  put_numbers(queue, 0, 1);
  queue.close();
  EXPECT_FALSE(queue.ended());
  take_numbers(queue, 1);
  EXPECT_TRUE(queue.ended());
}

TEST(Queue, WakesTheProducerAtHalfItsCapacity) {
  Queue queue(8);
  put_numbers(queue, 0, 8);
  EXPECT_TRUE(queue.request_wake());
  take_numbers(queue, 3);
  queue.publish_taken();
  EXPECT_FALSE(queue.owes_wake(false));
  take_numbers(queue, 1);
  queue.publish_taken();
  EXPECT_TRUE(queue.owes_wake(false));
  EXPECT_FALSE(queue.owes_wake(false)) << "a wake-up is owed once";
}

TEST(Queue, WakesTheProducerEarlierWhenTheConsumerRests) {
  Queue queue(8);
  put_numbers(queue, 0, 8);
  EXPECT_TRUE(queue.request_wake());
  take_numbers(queue, 1);
  queue.publish_taken();
  EXPECT_TRUE(queue.owes_wake(true));
}

TEST(Queue, TakesAWishForAWakeUpBackWhenThereIsRoom) {
  Queue queue(8);
  put_numbers(queue, 0, 7);
  EXPECT_FALSE(queue.request_wake());
  EXPECT_FALSE(queue.owes_wake(true));
}

std::vector<std::int64_t> numbers(std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> all;
  for (std::int64_t number = first; number <= last; ++number) all.push_back(number);
  return all;
}

TEST(Queue, DropsTheNewestBeyondItsLimit) {
  const std::uint64_t before = pool::live_packets();
  Queue queue(4, {.policy = Policy::drop_newest, .limit = 2});
  put_numbers(queue, 1, 5);
  put_numbers(queue, 6, 5);
  EXPECT_EQ(queue.put_packets(), 10u);
  EXPECT_EQ(queue.dropped_packets(), 4u);
  EXPECT_EQ(queue.length(), 6u);
  EXPECT_EQ(pool::live_packets(), before + 6) << "what is dropped is ended";
  EXPECT_EQ(take_numbers(queue, 99), numbers(1, 6));
}

TEST(Queue, DropsTheOldestBeyondItsLimit) {
  Queue queue(4, {.policy = Policy::drop_oldest, .limit = 2});
  put_numbers(queue, 1, 5);
  EXPECT_EQ(take_numbers(queue, 1), numbers(1, 1));
  queue.publish_taken();
  put_numbers(queue, 6, 5);
  EXPECT_EQ(queue.bytes(), 6 * 8u);
  EXPECT_EQ(take_numbers(queue, 99), numbers(5, 10));
  queue.publish_taken();
  EXPECT_EQ(queue.dropped_packets(), 3u);
  EXPECT_EQ(queue.taken_packets(), 7u);
  EXPECT_EQ(queue.put_packets(), 10u);
}

TEST(Queue, DropsTheFirstOfABatchThatIsLargerThanItself) {
  Queue queue(2, {.policy = Policy::drop_oldest});
  put_numbers(queue, 1, 3);
  put_numbers(queue, 4, 5);
  EXPECT_EQ(take_numbers(queue, 99), numbers(7, 8));
  EXPECT_EQ(queue.dropped_packets(), 6u);
}

TEST(Queue, SaysHowFarItIsBeyondItsLimitWhereNothingIsDropped) {
  Queue queue(4, {.policy = Policy::fail, .limit = 2});
  EXPECT_EQ(queue.put(nullptr, 0), 0u);
  std::vector<detail::PacketCell*> cells;
  for (int i = 0; i < 9; ++i) cells.push_back(Packet::integer(i).release_to_runtime());
  EXPECT_EQ(queue.put(cells.data(), 6), 0u);
  EXPECT_EQ(queue.put(cells.data() + 6, 3), 3u);
  EXPECT_EQ(queue.length(), 9u);
}

TEST(Queue, LimitsItsOverflowInBytes) {
  Queue queue(4, {.policy = Policy::drop_newest, .limit = 24, .in_bytes = true});
  put_numbers(queue, 1, 10);
  EXPECT_EQ(queue.length(), 7u) << "three packets of 8 bytes beyond the capacity";
}

TEST(Queue, EndsWhatIsLeftWhenItIsDestroyed) {
  const std::uint64_t before = pool::live_packets();
  {
    Queue queue(8);
    put_numbers(queue, 0, 300);
    take_numbers(queue, 130);
  }
  EXPECT_EQ(pool::live_packets(), before);
}

TEST(Queue, CountsBytes) {
  Queue queue(8);
  put_numbers(queue, 0, 5);
  EXPECT_EQ(queue.bytes(), 40u);
  take_numbers(queue, 2);
  queue.publish_taken();
  EXPECT_EQ(queue.bytes(), 24u);
}

// The plainest model of a queue that drops.
class Model {
 public:
  Model(std::size_t capacity, const Overflow& overflow)
      : capacity_(capacity), overflow_(overflow) {}

  void put(std::int64_t first, std::size_t count) {
    const bool drops =
        overflow_.policy == Policy::drop_newest || overflow_.policy == Policy::drop_oldest;
    // A capacity that was lowered drops nothing by itself: only a put does.
    const std::size_t most = capacity_ + overflow_.limit;
    std::size_t excess = unpublished_ + queued_.size() + count;
    excess = drops && excess > most ? excess - most : 0;
    for (std::size_t i = 0; i < count; ++i) {
      queued_.push_back(first + static_cast<std::int64_t>(i));
    }
    const std::size_t of_new = overflow_.policy == Policy::drop_newest ? count : queued_.size();
    for (excess = std::min(excess, of_new); excess != 0; --excess, ++dropped_) {
      if (overflow_.policy == Policy::drop_newest) {
        queued_.pop_back();
      } else {
        queued_.pop_front();
      }
    }
  }
  std::vector<std::int64_t> take(std::size_t most) {
    std::vector<std::int64_t> taken;
    for (; !queued_.empty() && taken.size() < most; ++taken_, ++unpublished_) {
      taken.push_back(queued_.front());
      queued_.pop_front();
    }
    return taken;
  }
  // The producing side sees the places of what was taken as free from now on.
  void publish() { unpublished_ = 0; }
  void set_capacity(std::size_t capacity) { capacity_ = capacity; }

  std::size_t size() const { return queued_.size(); }
  std::size_t length() const { return queued_.size() + unpublished_; }
  std::uint64_t dropped() const { return dropped_; }
  std::uint64_t taken() const { return taken_ - unpublished_; }

 private:
  std::size_t capacity_;
  Overflow overflow_;
  std::deque<std::int64_t> queued_;
  std::size_t unpublished_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t taken_ = 0;
};

TEST(Queue, BehavesLikeItsModel) {
  constexpr Policy policies[] = {Policy::block, Policy::drop_oldest, Policy::drop_newest,
                                 Policy::fail};
  for (unsigned seed = 1; seed <= 400; ++seed) {
    std::mt19937 random(seed);
    const std::uint32_t capacity = 1 + random() % 600;
    const Overflow overflow{.policy = policies[seed % 4], .limit = random() % 300};
    Queue queue(capacity, overflow);
    Model model(capacity, overflow);
    std::int64_t next = 0;
    for (int operation = 0; operation < 400; ++operation) {
      switch (random() % 4) {
        case 0: {
          const std::size_t count = random() % 300;
          // A dropping producer publishes what was taken as well.
          put_numbers(queue, next, count);
          model.put(next, count);
          next += static_cast<std::int64_t>(count);
          break;
        }
        case 1: {
          const std::size_t most = random() % 300;
          ASSERT_EQ(take_numbers(queue, most), model.take(most)) << "seed " << seed;
          break;
        }
        case 2:
          queue.publish_taken();
          model.publish();
          break;
        default: {
          const std::uint32_t changed = 1 + random() % 600;
          queue.set_capacity(changed);
          model.set_capacity(changed);
        }
      }
      if (queue.length() < model.length()) model.publish();
      ASSERT_EQ(queue.available(), model.size()) << "seed " << seed;
      ASSERT_EQ(queue.length(), model.length()) << "seed " << seed;
      ASSERT_EQ(queue.dropped_packets(), model.dropped()) << "seed " << seed;
      ASSERT_EQ(queue.taken_packets(), model.taken()) << "seed " << seed;
      ASSERT_EQ(queue.put_packets(), static_cast<std::uint64_t>(next)) << "seed " << seed;
      ASSERT_EQ(queue.bytes(), 8 * model.length()) << "seed " << seed;
      const std::uint64_t room =
          std::max<std::uint64_t>(queue.capacity(), queue.length()) - queue.length();
      ASSERT_LE(queue.room(), room) << "never promises more than there is";
      if (queue.request_wake()) {
        ASSERT_EQ(room, 0u);
        ASSERT_EQ(queue.owes_wake(true), false);
      } else {
        ASSERT_NE(room, 0u);
      }
    }
  }
}

TEST(Queue, PassesPacketsBetweenTwoThreads) {
  Queue queue(64);
  constexpr std::int64_t total = 200'000;
  std::thread producer([&] {
    std::int64_t next = 0;
    while (next < total) {
      const std::uint64_t room = queue.room();
      if (room == 0) {
        std::this_thread::yield();
        continue;
      }
      const auto count = static_cast<std::size_t>(
          std::min<std::int64_t>(static_cast<std::int64_t>(room), total - next));
      put_numbers(queue, next, count);
      next += static_cast<std::int64_t>(count);
    }
    queue.close();
  });
  std::int64_t expected = 0;
  while (!queue.ended()) {
    const auto numbers = take_numbers(queue, 50);
    queue.publish_taken();
    if (numbers.empty()) std::this_thread::yield();
    for (const std::int64_t number : numbers) ASSERT_EQ(number, expected++);
  }
  producer.join();
  EXPECT_EQ(expected, total);
}

}  // namespace
}  // namespace weir::connection
