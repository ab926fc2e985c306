#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <mutex>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/feed.hpp"
#include "os/signals.hpp"

namespace weir::cli {

namespace {

/// How often it is looked whether anybody still reads standard output.
constexpr auto look_every = std::chrono::milliseconds(500);

/// Writes the messages, and keeps account of what is still wanted.
class Lines {
 public:
  Lines(const TapOptions& options) : options_(options) {}

  std::string path() const {
    std::string path = "/api/v1/tap?port=" + percent_encode(options_.port);
    if (options_.every) path += fmt::format("&every={}", *options_.every);
    if (options_.limit) path += fmt::format("&limit={}", *options_.limit - shown_);
    for (const std::string& condition : options_.where) {
      path += "&where=" + percent_encode(condition);
    }
    return path;
  }

  /// False if there is no need for more.
  bool write(std::string_view message) {
    const bool written = std::fwrite(message.data(), 1, message.size(), stdout) == message.size() &&
                         std::fputc('\n', stdout) == '\n' && std::fflush(stdout) == 0;
    if (!written) {
      // Nobody reads any more: that is no failure.
      if (errno != EPIPE) {
        failure_ = fmt::format("cannot write to standard output: {}", std::strerror(errno));
      }
      return false;
    }
    // What is no packet says that the port is gone.
    const bool packet = !nlohmann::json::parse(message, nullptr, false).contains("gone");
    shown_ += packet ? 1 : 0;
    return !options_.limit || shown_ < *options_.limit;
  }

  const std::optional<std::string>& failure() const noexcept { return failure_; }

 private:
  const TapOptions& options_;
  std::uint64_t shown_ = 0;
  std::optional<std::string> failure_;
};

bool output_is_closed() {
  pollfd output{STDOUT_FILENO, 0, 0};
  return ::poll(&output, 1, 0) > 0 && (output.revents & (POLLERR | POLLNVAL)) != 0;
}

int tap(const TapOptions& options, Client& client, os::SignalQueue& signals) {
  Lines lines(options);
  std::atomic<bool> ended{false};
  std::optional<std::string> failure;
  {
    const Feed feed(client, [&] { return lines.path(); },
                    {.on_message = [&](std::string_view message) { return lines.write(message); },
                     .on_lost =
                         [](std::string_view why, Duration pause) {
                           fmt::print(stderr, "weir tap: {}; trying again in {:.1f} s\n", why,
                                      std::chrono::duration<double>(pause).count());
                         },
                     .on_back = [] { fmt::print(stderr, "weir tap: connected again\n"); },
                     .on_end =
                         [&](std::optional<std::string> why) {
                           failure = std::move(why);
                           ended.store(true, std::memory_order_release);
                           signals.wake();
                         }});
    while (!ended.load(std::memory_order_acquire) && !signals.wait(look_every) &&
           !output_is_closed()) {
    }
  }
  if (!failure) failure = lines.failure();
  if (!failure) return exit_done;
  fmt::print(stderr, "weir tap: {}\n", *failure);
  return exit_failed;
}

}  // namespace

int tap_command(const TapOptions& options) {
  os::ignore_write_signals();
  // Before any thread is started.
  os::SignalQueue signals{SIGINT, SIGTERM, SIGHUP};
  return with_client("tap", options.client,
                     [&](Client& client) { return tap(options, client, signals); });
}

}  // namespace weir::cli
