#include "weir/buffer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace weir {
namespace {

TEST(SlicedBuffer, KnowsWhetherSlicesAreLeft) {
  SlicedBuffer buffer;
  EXPECT_FALSE(buffer);
  buffer.reset(Buffer::create(100));
  EXPECT_TRUE(buffer.unique());
  {
    const Bytes slice = buffer.slice({buffer->data(), 10});
    const Bytes copy = slice;
    EXPECT_FALSE(buffer.unique());
  }
  EXPECT_TRUE(buffer.unique());
}

TEST(SlicedBuffer, ItsSlicesOutliveIt) {
  std::vector<Bytes> slices;
  {
    SlicedBuffer buffer;
    buffer.reset(Buffer::create(2000));
    for (std::size_t i = 0; i < 1000; ++i) {
      buffer->data()[i] = static_cast<char>('a' + i % 26);
      slices.push_back(buffer.slice({buffer->data() + i, 1}));
    }
    buffer.reset(Buffer::create(10));
  }
  for (std::size_t i = 0; i < slices.size(); ++i) {
    EXPECT_EQ(slices[i].view(), std::string(1, static_cast<char>('a' + i % 26)));
  }
}

TEST(Bytes, AdoptTakesOverAReference) {
  Buffer* buffer = Buffer::create(10);
  {
    const Bytes bytes = Bytes::adopt(buffer, {buffer->data(), 0});
    EXPECT_TRUE(bytes.owner()->unique());
    buffer->retain(2);
  }
  EXPECT_TRUE(buffer->has_only(2));
  buffer->release(2);
}

TEST(BytesWriter, StartsAgainOnlyWhenNobodyLooks) {
  BytesWriter writer(1024);
  std::vector<Bytes> kept;
  for (int i = 0; i < 200; ++i) {
    Bytes bytes = writer.write("text " + std::to_string(i));
    if (i % 2 == 0) kept.push_back(std::move(bytes));
  }
  for (std::size_t i = 0; i < kept.size(); ++i) {
    EXPECT_EQ(kept[i].view(), "text " + std::to_string(2 * i));
  }
}

}  // namespace
}  // namespace weir
