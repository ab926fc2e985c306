#include "weir/packet.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "packet/pool.hpp"

namespace weir {
namespace {

TEST(Packet, IsAHandleOfEightBytes) {
  Packet packet;
  EXPECT_FALSE(packet);
  EXPECT_EQ(sizeof packet, 8u);
}

TEST(Packet, CarriesEveryKindOfPayload) {
  EXPECT_EQ(Packet::nothing().kind(), PayloadKind::nothing);
  EXPECT_EQ(Packet::copy_bytes("text").as_bytes(), "text");
  EXPECT_EQ(Packet::integer(-7).as_integer(), -7);
  EXPECT_DOUBLE_EQ(Packet::real(1.5).as_real(), 1.5);
  EXPECT_EQ(Packet::document().as_document().root().kind(), ValueKind::map);
  const Packet object = Packet::object(std::string("any type"));
  ASSERT_NE(object.as_object<std::string>(), nullptr);
  EXPECT_EQ(*object.as_object<std::string>(), "any type");
  EXPECT_EQ(object.as_object<int>(), nullptr);
}

class Recorder final : public detail::LatencySink {
 public:
  void packet_ended(std::uint64_t stamp) noexcept override { stamps.push_back(stamp); }
  std::vector<std::uint64_t> stamps;
};

TEST(Packet, CarriesAStampFromThePacketThatIsHandledToTheEnd) {
  Recorder recorder;
  detail::PacketAccount account;
  account.latency = &recorder;
  pool::AccountScope scope(account);
  { const Packet none = Packet::integer(1); }
  EXPECT_TRUE(recorder.stamps.empty());
  account.stamp = 7;
  Packet inherits = Packet::integer(2);
  account.stamp = 0;
  {
    const Packet none = Packet::integer(3);
    const Packet copy = inherits.share();
  }
  EXPECT_EQ(recorder.stamps, (std::vector<std::uint64_t>{7}));
  inherits.set_due(Time(std::chrono::nanoseconds(9)));
  inherits = {};
  EXPECT_EQ(recorder.stamps, (std::vector<std::uint64_t>{7, 9}));
  account.latency = nullptr;
  account.stamp = 11;
  { const Packet unheard = Packet::integer(4); }
  EXPECT_EQ(recorder.stamps.size(), 2U);
}

TEST(Packet, SlicesShareOneBuffer) {
  const Bytes chunk = Bytes::copy("first\nsecond\n");
  const Packet first = Packet::bytes(chunk.slice(0, 5));
  const Packet second = Packet::bytes(chunk.slice(6, 6));
  EXPECT_EQ(first.as_bytes(), "first");
  EXPECT_EQ(second.as_bytes(), "second");
  EXPECT_EQ(first.bytes_slice().owner(), second.bytes_slice().owner());
}

TEST(Packet, CopiesOfADocumentAreSeparateOnceOneIsChanged) {
  Packet original = Packet::document();
  original.edit_document().set("level", original.edit_document().copy_text("info"));
  Packet copy = original.share();
  EXPECT_EQ(&copy.as_document(), &original.as_document()) << "shared until it is changed";
  copy.edit_document().set("level", Value::integer(3));
  EXPECT_EQ(original.as_document().find("level")->as_text(), "info");
  EXPECT_EQ(copy.as_document().find("level")->as_integer(), 3);
}

TEST(Packet, ASingleOwnerChangesADocumentInPlace) {
  Packet packet = Packet::document();
  const Document* before = &packet.as_document();
  packet.edit_document().set("a", Value::integer(1));
  EXPECT_EQ(&packet.as_document(), before);
}

TEST(Packet, CopiesShareAttributesUntilOneIsChanged) {
  Packet packet = Packet::integer(1);
  EXPECT_EQ(packet.attribute("file").data(), nullptr);
  packet.set_attribute("file", "a.log");
  Packet copy = packet.share();
  copy.set_attribute("file", "b.log");
  EXPECT_EQ(packet.attribute("file"), "a.log");
  EXPECT_EQ(copy.attribute("file"), "b.log");
}

TEST(Packet, IsClearedWhenItsCellIsUsedAgain) {
  {
    Packet packet = Packet::copy_bytes("secret");
    packet.set_attribute("name", "value");
    packet.set_bracket(Bracket::open);
  }
  const Packet next = Packet::nothing();
  EXPECT_EQ(next.kind(), PayloadKind::nothing);
  EXPECT_EQ(next.attribute_count(), 0u);
  EXPECT_EQ(next.bracket(), Bracket::none);
}

TEST(Packet, IsCountedToTheAccountOfWhoeverRuns) {
  detail::PacketAccount account;
  {
    pool::AccountScope scope(account);
    Packet packet = Packet::integer(1);
    Packet copy = packet.share();
  }
  EXPECT_EQ(account.created, 2u);
  EXPECT_EQ(account.ended[static_cast<std::size_t>(Ended::consumed)], 2u);
}

TEST(Packet, MayDieOnAnotherThreadThanItWasMadeOn) {
  const std::uint64_t before = pool::live_packets();
  std::vector<Packet> packets;
  for (int i = 0; i < 5000; ++i) packets.push_back(Packet::copy_bytes(std::to_string(i)));
  EXPECT_EQ(pool::live_packets(), before + 5000);
  std::thread([moved = std::move(packets)]() mutable { moved.clear(); }).join();
  EXPECT_EQ(pool::live_packets(), before);
}

}  // namespace
}  // namespace weir
