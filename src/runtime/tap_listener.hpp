// One tap on a port: which packets it shows, and what its reader has not read yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "runtime/tap.hpp"
#include "runtime/throttle.hpp"
#include "weir/packet.hpp"
#include "weir/units.hpp"

namespace weir::runtime {

/// So many a second, and those of one second at once.
class Allowance {
 public:
  /// What is there at `now`, if so many come a second from now on.
  void refill(Time now, double rate) noexcept;
  bool left() const noexcept { return left_ != 0; }
  void use() noexcept {
    bucket_->take(1);
    --left_;
  }

 private:
  graph::Rate rate_;
  std::optional<TokenBucket> bucket_;
  std::uint64_t left_ = 0;
};

/// Makes the JSON of packets of one batch, once for all listeners that show the same.
class BatchView {
 public:
  explicit BatchView(std::span<const Packet> packets) : packets_(packets) {}
  std::span<const Packet> packets() const noexcept { return packets_; }
  std::shared_ptr<const std::string> members(std::size_t index);

 private:
  std::span<const Packet> packets_;
  std::size_t last_ = 0;
  std::shared_ptr<const std::string> made_;
};

class TapListener {
 public:
  /// `passed` packets have passed the point before.
  TapListener(TapRequest request, std::uint64_t passed)
      : request_(std::move(request)), first_(passed), told_(passed) {}

  // Guarded by the point's mutex.

  /// A batch that passes after so many packets, while so many taps are open. False if more than
  /// this cannot be shown at the moment.
  bool look(BatchView& batch, std::uint64_t passed, Time now, unsigned open);
  void port_gone();
  void set_wake(std::function<void()> wake) { wake_ = std::move(wake); }

  // For the reader.

  std::optional<TapNews> next();

 private:
  void show(BatchView& batch, std::size_t index, std::uint64_t position);
  bool wanted(const Packet& packet) noexcept;
  void push(TapNews news);

  const TapRequest request_;
  Allowance shown_;
  Allowance looked_at_;
  // The packet with which it began, by its number at the point.
  const std::uint64_t first_;
  // The one after the last that was shown.
  std::uint64_t told_;
  // Packets that fulfilled the conditions.
  std::uint64_t matched_ = 0;
  std::function<void()> wake_;

  // Guards what follows, between the worker, which only tries, and the reader.
  std::mutex mutex_;
  std::deque<TapNews> news_;
  std::size_t bytes_ = 0;
  // The reader found nothing.
  bool waits_ = false;
};

}  // namespace weir::runtime
