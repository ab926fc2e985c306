// What happens to a packet that a process could not handle, and how errors are counted and logged.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/snapshot.hpp"
#include "weir/component.hpp"

namespace weir::runtime {

/// Turns the packet into the document that an error port sends (design: error, kind, process,
/// packet); attributes stay.
void make_error_document(Packet& packet, std::string_view kind, std::string_view text,
                         std::string_view process);

/// Logs with the name of the process in front.
void log_process(LogLevel level, std::string_view process, std::string_view text);

/// Counts errors by kind. One writer at a time; read() from any thread.
class ErrorTally {
 public:
  void count(std::string_view kind);
  std::vector<ErrorCount> read() const;

 private:
  struct Entry {
    std::string kind;
    std::atomic<std::uint64_t> count{0};
  };
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Entry>> entries_;
};

/// Lets one message a second through and says how many it held back.
class LogLimit {
 public:
  /// The number of messages held back since the last one, or -1 if this one must wait.
  std::int64_t admit(Time now) noexcept;

 private:
  Time last_{};
  bool any_ = false;
  std::int64_t held_back_ = 0;
};

}  // namespace weir::runtime
