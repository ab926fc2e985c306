// What a WebSocket client is sent. The handler makes one (Response::stream); the server asks it for
// one message after another, as fast as the client takes them, so that a client which reads slowly
// or not at all costs no memory but what the stream itself keeps for it. Used on the server's
// thread; destroyed when the client is gone.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "weir/units.hpp"

namespace weir::http {

class Stream {
 public:
  struct Next {
    /// A text message to send now; null if there is none. May be shared with other streams.
    std::shared_ptr<const std::string> message = {};
    /// Without a message: when to ask again, unless woken before.
    Duration again = std::chrono::hours(1);
    /// There will be no more: the connection is closed in the ordinary way.
    bool ended = false;
  };

  virtual ~Stream() = default;
  /// Called once, before the first next(). `wake` makes the server ask again soon; it may be called
  /// from any thread, does not block, and must not be called once the stream is destroyed.
  virtual void open(std::function<void()> wake) = 0;
  /// Must not block. An exception closes the connection and is logged.
  virtual Next next() = 0;
};

}  // namespace weir::http
