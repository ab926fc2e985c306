// The port that taps are on: shows them each batch that passes. One per port name, made for the
// first tap on it and kept as long as the network, so that a worker never meets one that is gone.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "runtime/tap.hpp"
#include "scheduler/executor.hpp"

namespace weir::runtime {

class TapListener;

class TapPoint {
 public:
  /// `open` counts the taps of the network, among which the bounds for all are shared out.
  TapPoint(std::string name, const scheduler::Executor& executor,
           const std::atomic<unsigned>& open);
  ~TapPoint();

  const std::string& name() const noexcept { return name_; }

  /// Packets that pass the port, in their order. For who moves them; does not wait, and does
  /// nothing if that would be needed.
  void offer(detail::PacketCell* const* cells, std::size_t count) noexcept;

  // The rest is for other threads.

  std::shared_ptr<TapListener> add(const TapRequest& request);
  /// False if it was the last. The listener is not called any more.
  bool remove(const TapListener& listener);
  bool has_listeners() const;
  void set_wake(TapListener& listener, std::function<void()> wake);
  /// Whether the port exists; tells listeners when it goes.
  void set_there(bool there);

 private:
  const std::string name_;
  const scheduler::Executor& executor_;
  const std::atomic<unsigned>& open_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<TapListener>> listeners_;
  /// Packets that were offered.
  std::uint64_t passed_ = 0;
  /// Until then no listener can show any more.
  Time rests_until_{};
  bool there_ = true;
};

}  // namespace weir::runtime
