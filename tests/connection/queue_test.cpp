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
  queue.put(cells.data(), cells.size(), 8 * count);
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
  EXPECT_EQ(queue.put_bytes() - queue.taken_bytes(), 40u);
  take_numbers(queue, 2);
  queue.publish_taken();
  EXPECT_EQ(queue.put_bytes() - queue.taken_bytes(), 24u);
}

// The queue against the plainest model of one, over random operations.
TEST(Queue, BehavesLikeItsModel) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    Queue queue(1 + random() % 600);
    std::deque<std::int64_t> model;
    std::int64_t next = 0;
    std::uint64_t published = 0;
    std::uint64_t taken = 0;
    for (int operation = 0; operation < 400; ++operation) {
      switch (random() % 4) {
        case 0: {
          const std::size_t count = random() % 300;
          put_numbers(queue, next, count);
          for (std::size_t i = 0; i < count; ++i) model.push_back(next++);
          break;
        }
        case 1: {
          const std::size_t most = random() % 300;
          const auto numbers = take_numbers(queue, most);
          ASSERT_EQ(numbers.size(), std::min(most, model.size())) << "seed " << seed;
          for (const std::int64_t number : numbers) {
            ASSERT_EQ(number, model.front()) << "seed " << seed;
            model.pop_front();
          }
          taken += numbers.size();
          break;
        }
        case 2:
          queue.publish_taken();
          published = taken;
          break;
        default: queue.set_capacity(1 + random() % 600);
      }
      ASSERT_EQ(queue.available(), model.size());
      const std::uint64_t length = static_cast<std::uint64_t>(next) - published;
      const std::uint64_t room = queue.capacity() > length ? queue.capacity() - length : 0;
      ASSERT_LE(queue.room(), room) << "never promises more than there is";
      if (queue.request_wake()) {
        ASSERT_EQ(room, 0u);
        ASSERT_EQ(queue.owes_wake(true), false);
      } else {
        ASSERT_NE(room, 0u);
      }
      ASSERT_EQ(queue.taken_packets(), published);
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
