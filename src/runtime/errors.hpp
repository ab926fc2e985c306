// What happens to a packet that a process could not handle, and how errors are counted and logged.
#pragma once

#include <cstdint>
#include <exception>
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

/// What an exception says to users. Needs no memory, and lives as long as the exception.
std::string_view words_of(const std::exception& error) noexcept;

void log_line(LogLevel level, const std::string& text);
/// Logs with the name of the process in front.
void log_process(LogLevel level, std::string_view process, std::string_view text);

/// Counts the errors of a process by kind, and lets one message a second through. Thread-safe.
class ErrorLog {
 public:
  void count(std::string_view kind);
  /// The number of messages held back since the last one, or -1 if this one must wait.
  std::int64_t admit(Time now) noexcept;
  std::vector<ErrorCount> read() const;
  /// Errors of all kinds together.
  std::uint64_t total() const noexcept;

 private:
  struct Entries {
    std::vector<ErrorCount> counts;
    Time last{};
    bool any = false;
    std::int64_t held_back = 0;
  };

  mutable std::mutex mutex_;
  // Made at the first error.
  std::unique_ptr<Entries> entries_;
};

}  // namespace weir::runtime
