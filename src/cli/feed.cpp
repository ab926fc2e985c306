#include "cli/feed.hpp"

#include <random>
#include <utility>

#include "weir/backoff.hpp"

namespace weir::cli {

namespace {

constexpr Duration first_pause = std::chrono::milliseconds(500);
constexpr Duration longest_pause = std::chrono::seconds(10);

/// True if another attempt may have another result.
bool passes(const ClientFailure& failure) {
  return failure.status() == 0 || failure.status() >= 500;
}

}  // namespace

Feed::Feed(Client& client, std::function<std::string()> path, FeedListener listener)
    : client_(client),
      path_(std::move(path)),
      listener_(std::move(listener)),
      thread_([this] { run(); }) {}

Feed::~Feed() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  client_.stop();
  thread_.join();
}

/// False if it was stopped meanwhile.
bool Feed::pause(Duration time) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, time, [this] { return stopped_; });
}

void Feed::run() {
  std::minstd_rand random(std::random_device{}());
  bool connected_before = false;
  unsigned failures = 0;
  for (;;) {
    try {
      client_.follow(path_(), listener_.on_message, [&] {
        if (std::exchange(connected_before, true)) listener_.on_back();
        failures = 0;
      });
      if (pause({})) listener_.on_end({});
      return;
    } catch (const ClientFailure& failure) {
      if (!connected_before || !passes(failure)) return listener_.on_end(failure.what());
      const Duration next = backoff(failures++, first_pause, longest_pause, random);
      listener_.on_lost(failure.what(), next);
      if (!pause(next)) return;
    } catch (const std::exception& error) {
      return listener_.on_end(error.what());
    }
  }
}

}  // namespace weir::cli
