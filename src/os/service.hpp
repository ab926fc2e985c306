// Tells a service manager how the program fares, by systemd's notification protocol (sd_notify(3)).
// Without a manager every call does nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "weir/units.hpp"

namespace weir::os {

/// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID once, when it is made. Used by one thread.
class ServiceManager {
 public:
  ServiceManager();
  ~ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  void ready() { send("READY=1"); }
  void stopping() { send("STOPPING=1"); }
  /// To be sent at least every `watchdog_interval` while all is well.
  void alive() { send("WATCHDOG=1"); }

  /// Half the time after which the manager takes the program for dead; nothing if it does not
  /// watch.
  std::optional<Duration> watchdog_interval() const noexcept { return watchdog_interval_; }

 private:
  void send(std::string_view message) noexcept;

  int socket_ = -1;
  std::string address_;
  std::optional<Duration> watchdog_interval_;
};

}  // namespace weir::os
