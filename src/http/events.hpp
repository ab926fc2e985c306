// GET /api/v1/events: the state of the network each second, for everybody who listens.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "http/stream.hpp"

namespace weir::http {

/// Makes the messages, one for all listeners, and none while there are none. Used on the server's
/// thread; kept by its streams.
class Events : public std::enable_shared_from_this<Events> {
 public:
  /// `graph` and `report` answer JSON texts; an empty function stands for null. `period` is the
  /// time between two messages.
  static std::shared_ptr<Events> make(std::function<std::string()> graph,
                                      std::function<std::string()> report,
                                      Duration period = std::chrono::seconds(1));

  /// One listener: it gets a message at once, and then each period the newest, without those that
  /// it was too slow for.
  std::shared_ptr<Stream> listen();

 private:
  class Listener;
  Events(std::function<std::string()> graph, std::function<std::string()> report, Duration period);
  void build();

  std::function<std::string()> graph_;
  std::function<std::string()> report_;
  Duration period_;
  std::shared_ptr<const std::string> message_;
  std::chrono::steady_clock::time_point built_{};
};

}  // namespace weir::http
