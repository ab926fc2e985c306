// Follows a WebSocket of a running weir on a thread of its own, and connects again when the
// connection is lost, as when the daemon is restarted.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "cli/client.hpp"

namespace weir::cli {

/// What a Feed tells; all are called on its thread.
struct FeedListener {
  /// False for no more.
  std::function<bool(std::string_view)> on_message;
  /// The connection was lost, and will be tried again after this time.
  std::function<void(std::string_view why, Duration pause)> on_lost;
  /// It stands again.
  std::function<void()> on_back;
  /// The end: with what is wrong if there was no connection to begin with, or an answer that no
  /// further attempt will change; else because there is no more. Not called after a stop.
  std::function<void(std::optional<std::string> failure)> on_end;
};

class Feed {
 public:
  /// Starts at once. Borrows the client, which it stops at its end. `path` is asked for at each
  /// connection.
  Feed(Client& client, std::function<std::string()> path, FeedListener listener);
  /// Stops.
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

 private:
  void run();
  bool pause(Duration time);

  Client& client_;
  std::function<std::string()> path_;
  FeedListener listener_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace weir::cli
