// A look at the packets that pass a port while the network runs: a sample of them, as JSON made on
// the spot, so that a tap never holds a packet. An in port shows what its process takes in, from
// all its connections; an out port what is sent. Bounded in every way, however fast packets pass
// and however slowly the listener reads:
//
//   packets shown       100 a second, and 2,000 for all taps of the network together
//   packets looked at   for a condition: 10,000 a second, and 100,000 for all taps together
//   kept for a reader   256 packets or 1 MiB; beyond that the oldest are skipped
//   text of a packet    16 KiB, cut off and marked beyond that
//
// Who moves the packets never waits for a tap. A port without one costs nothing but a look at a
// pointer for each batch.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/tap_filter.hpp"

namespace weir::runtime {

/// No packets pass a port of this name; the text says why and which name was probably meant.
class UnknownPort : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct TapRequest {
  /// "read.out", "parse.in", "parse.error", "fan.out[1]".
  std::string port;
  /// Show one in so many of the packets that fulfil all conditions; at least 1.
  std::uint64_t every = 1;
  std::vector<TapFilter> where = {};
};

/// What a tap has to tell.
struct TapNews {
  std::chrono::system_clock::time_point at;
  /// Null if the port is gone: the graph that runs now has none of this name that is connected. The
  /// tap goes on when it is back. Else the members of a JSON object that show a packet:
  /// `"packet":...,"attributes":{...}`, and where they apply `"packet_base64"`, `"type"`,
  /// `"bracket"` and `"truncated"`.
  std::shared_ptr<const std::string> packet = {};
  /// Packets that passed since the last one that was shown.
  std::uint64_t skipped = 0;
};

/// Belongs to one listener. Ends when it is destroyed, which must be before its network is.
class Tap {
 public:
  virtual ~Tap() = default;
  /// `wake` is called, from any thread, when there is something new after next() had nothing; it
  /// must not block, nor call the tap. Not called any more once the tap is destroyed.
  virtual void on_news(std::function<void()> wake) = 0;
  /// The oldest that was not read yet, or nothing. One thread at a time.
  virtual std::optional<TapNews> next() = 0;
};

}  // namespace weir::runtime
